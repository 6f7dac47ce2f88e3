import type { CloudFormation } from './aws/cloud-formation.ts';
import type { LocalStack } from './aws/stacks.ts';
import { type AwsAccount, type AwsWorld, inAccount } from './aws/world.ts';
import { pause } from './pause.ts';
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
  const { cloudFormation } = account;
  cloudFormation.provisionWith(
    createProvisioner({ aws: inAccount(aws, accountId), timeScale, environment: {} }),
  );
  const undeploy = async (): Promise<void> => {
    cloudFormation.perform('DeleteStack', { StackName });
    await ended(cloudFormation);
  };
  return {
    ...account,
    deploy: async (template, parameters = {}) => {
      // Such a stack can only be deleted.
      if (cloudFormation.stack(StackName)?.status === 'ROLLBACK_COMPLETE') await undeploy();
      const action = cloudFormation.stack(StackName) === undefined ? 'CreateStack' : 'UpdateStack';
      if (!isStarted(cloudFormation, action, template, parameters)) return;
      const stack = await ended(cloudFormation);
      if (stack?.status !== 'CREATE_COMPLETE' && stack?.status !== 'UPDATE_COMPLETE')
        throw new Error(stack?.events.find(({ status }) => status.endsWith('ROLLBACK_IN_PROGRESS'))?.reason);
    },
    undeploy,
  };
};

/** False if the stack has this template already. */
const isStarted = (
  { perform }: CloudFormation,
  action: 'CreateStack' | 'UpdateStack',
  TemplateBody: string,
  parameters: Readonly<Record<string, string>>,
): boolean => {
  try {
    perform(action, {
      StackName,
      TemplateBody,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === 'No updates are to be performed.') return false;
    throw error;
  }
};

const ended = async ({ stack }: CloudFormation): Promise<LocalStack | undefined> => {
  while (stack(StackName)?.status.endsWith('_IN_PROGRESS') === true) await pause(2);
  return stack(StackName);
};

const StackName = 'rolebridge-prod-member';
