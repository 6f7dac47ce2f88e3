import { type AwsAccount, type AwsWorld, inAccount } from './aws/world.ts';
import { createProvisioner } from './stack/provisioner.ts';

/** Another account of the organization, in which clients can deploy stacks. */
export interface Member extends AwsAccount {
  /** Deploys a template, or updates its stack. Rejects with the reason if it cannot. */
  readonly deploy: (template: string, parameters?: Readonly<Record<string, string>>) => Promise<void>;
  /** Removes the stack. */
  readonly undeploy: () => Promise<void>;
}

/** Adds an account without a stack. Its stacks contain no functions. */
export const addMember = (
  aws: AwsWorld,
  accountId: string,
  { timeScale }: { readonly timeScale: number },
): Member => {
  const account = aws.addAccount(accountId);
  const provisioner = createProvisioner({ aws: inAccount(aws, accountId), timeScale, environment: {} });
  account.cloudFormation.provisionWith(provisioner);
  return {
    ...account,
    deploy: async (template, parameters = {}) => {
      await provisioner.apply(stackName, template, parameters);
    },
    undeploy: async () => {
      await provisioner.remove(stackName);
    },
  };
};

const stackName = 'rolebridge-prod-member';
