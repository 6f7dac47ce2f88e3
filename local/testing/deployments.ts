import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { type AwsAccount, type AwsOptions, type AwsWorld, inAccount, startAws } from '../aws/world.ts';
import { pause } from '../pause.ts';
import { createProvisioner, type StackProvisioner } from '../stack/provisioner.ts';
import { puppetTemplate, puppetZip, type Resources, timeScale } from './puppets.ts';
import { accountId } from './settings.ts';

export const StackName = 'puppets-prod';
export const ChangeSetName = 'change';

export interface Deployments {
  readonly aws: AwsWorld;
  readonly stacks: StackProvisioner;
  readonly cloudFormation: CloudFormationClient;
  /** Creates a change set with the stack of the puppets, and returns its description. */
  readonly change: (
    changes?: Resources,
    input?: Partial<CreateChangeSetCommandInput>,
  ) => Promise<{ readonly Status?: string | undefined; readonly StatusReason?: string | undefined }>;
  /** Executes the change set, and returns the stack's status after that. */
  readonly execute: () => Promise<string>;
  readonly ended: () => Promise<string>;
  /** `STATUS LogicalId` of every event, oldest first. */
  readonly events: () => Promise<readonly string[]>;
  /** Adds an account, and lets clients deploy stacks in it. */
  readonly addMember: (id: string) => CloudFormationClient;
  readonly close: () => Promise<void>;
}

/** CloudFormation over the runner, with the zips of the puppets in a bucket. */
export const startDeployments = async (options: Partial<AwsOptions> = {}): Promise<Deployments> => {
  const aws = await startAws({ accountId, timeScale, ...options });
  // The puppet is not bundled, so it loads its client from the tests' node_modules.
  const environment = { NODE_PATH: join(process.cwd(), 'node_modules') };
  const stacks = createProvisioner({ aws, timeScale, environment });
  aws.cloudFormation.provisionWith(stacks);
  const clients: CloudFormationClient[] = [];
  const clientOf = ({ admin }: AwsAccount): CloudFormationClient => {
    const common = { region: 'us-east-1', endpoint: aws.url, credentials: admin, maxAttempts: 1 };
    const client = new CloudFormationClient(common);
    clients.push(client);
    return client;
  };
  const cloudFormation = clientOf(aws);
  aws.s3.createBucket('zips');
  for (const key of ['work', 'sweep'])
    await aws.s3.perform('PutObject', {
      Bucket: 'zips',
      Key: `serverless/puppets/prod/1/${key}.zip`,
      Body: puppetZip(),
    });
  const status = async (): Promise<string> => {
    const { Stacks = [] } = await cloudFormation.send(
      new DescribeStacksCommand({ StackName: id ?? StackName }),
    );
    return Stacks[0]?.StackStatus ?? 'none';
  };
  let id: string | undefined;
  const ended = async (): Promise<string> => {
    for (;;) {
      const now = await status();
      if (!now.endsWith('_IN_PROGRESS')) return now;
      await pause(10);
    }
  };
  return {
    aws,
    stacks,
    cloudFormation,
    change: async (changes, input = {}) => {
      const { StackId } = await cloudFormation.send(
        new CreateChangeSetCommand({
          StackName,
          ChangeSetName,
          ChangeSetType: 'CREATE',
          TemplateBody: puppetTemplate(changes).replaceAll('{"Ref":"Bucket"}', '"zips"'),
          Capabilities: ['CAPABILITY_NAMED_IAM'],
          ...input,
        }),
      );
      id = StackId;
      return cloudFormation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
    },
    execute: async () => {
      await cloudFormation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
      return ended();
    },
    ended,
    events: async () => {
      const { StackEvents = [] } = await cloudFormation.send(
        new DescribeStackEventsCommand({ StackName: id ?? StackName }),
      );
      return StackEvents.map((event) => `${event.ResourceStatus} ${event.LogicalResourceId}`).toReversed();
    },
    addMember: (memberId) => {
      const member = aws.addAccount(memberId);
      const provisioner = createProvisioner({ aws: inAccount(aws, memberId), timeScale, environment });
      member.cloudFormation.provisionWith(provisioner);
      return clientOf(member);
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await stacks.stop();
      await aws.close();
    },
  };
};
