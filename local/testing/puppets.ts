import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { type AwsWorld, startAws } from '../aws/world.ts';
import { type Stack, type StackOptions, startStack } from '../stack/runner.ts';
import { accountId } from './settings.ts';

export interface Puppets {
  readonly aws: AwsWorld;
  readonly stack: Stack;
  readonly close: () => Promise<void>;
}

export type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties: unknown; readonly DeletionPolicy?: string }>
>;

export const startPuppets = async (
  options: Partial<StackOptions> = {},
  changes: Resources = {},
): Promise<Puppets> => {
  const packageFolder = writePackage(changes);
  const aws = await startAws({ accountId, timeScale });
  const close = async (): Promise<void> => {
    await aws.close();
    rmSync(packageFolder, { recursive: true });
  };
  try {
    // The puppet is not bundled, so it loads its client from the tests' node_modules.
    const environment = { NODE_PATH: join(process.cwd(), 'node_modules') };
    const stack = startStack({ aws, packageFolder, timeScale, environment, ...options });
    return {
      aws,
      stack,
      close: async () => {
        await stack.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Writes a package folder like `serverless package`, with changed resources. */
export const writePackage = (changes: Resources = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), 'puppets-'));
  for (const key of ['work', 'sweep']) writeFileSync(join(folder, `${key}.zip`), puppetZip());
  writeFileSync(join(folder, 'cloudformation-template-update-stack.json'), puppetTemplate(changes));
  return folder;
};

export const puppetTemplate = (changes: Resources = {}): string =>
  JSON.stringify({ Resources: { ...resources, ...changes } });

export const puppetZip = (): Uint8Array =>
  zipSync({
    'dist/puppet.js': readFileSync('local/testing/puppet.cjs'),
    'dist/package.json': Buffer.from('{"type":"commonjs"}'),
  });

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

const functionOf = (key: string, role: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: `puppets-prod-${key}`,
    Handler: 'dist/puppet.handler',
    Code: { S3Bucket: { Ref: 'Bucket' }, S3Key: `serverless/puppets/prod/1/${key}.zip` },
    Role: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/\${${role}}` },
    Environment: { Variables: { PUPPET: key } },
    Timeout: 30,
  },
});

const roleOf = (name: string, actions: readonly string[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: `puppets-prod-${name}`,
    Policies: [
      {
        PolicyName: name,
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
        },
      },
    ],
  },
});

export const scheduled = (properties: object, target: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ScheduleExpression: 'rate(1 hour)',
    State: 'ENABLED',
    Targets: [{ Id: 'sweep', Arn: arnOf('SweepLambdaFunction'), ...target }],
    ...properties,
  },
});

/** The packaged resources: a queue and a rule that feed `work`, and a schedule that starts `sweep`. */
const resources: Resources = {
  Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
  DeadLetterQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'puppets-prod-work-dead' } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'puppets-prod-work',
      // Far longer than any test, even on a slow machine: messages return only when a test makes them visible.
      VisibilityTimeout: 36_000,
      RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetterQueue'), maxReceiveCount: 3 },
    },
  },
  WorkRole: roleOf('work', ['ssm:PutParameter']),
  SweepRole: roleOf('sweep', ['ssm:GetParametersByPath']),
  WorkLambdaFunction: functionOf('work', 'WorkRole'),
  SweepLambdaFunction: functionOf('sweep', 'SweepRole'),
  WorkMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 1,
      EventSourceArn: arnOf('Queue'),
      FunctionName: arnOf('WorkLambdaFunction'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  },
  WorkRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'puppets-prod-work',
      EventPattern: { source: ['puppets'] },
      Targets: [{ Id: 'work', Arn: arnOf('Queue') }],
    },
  },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: arnOf('Queue'),
            Condition: { ArnEquals: { 'aws:SourceArn': [arnOf('WorkRule')] } },
          },
        ],
      },
    },
  },
  SweepSchedule: scheduled({}),
  SweepPermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: arnOf('SweepLambdaFunction'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arnOf('SweepSchedule'),
    },
  },
};

/** Two minutes last 0.24 s. */
export const timeScale = 0.002;

/** Waits until a condition holds. Tests never depend on how long that takes. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo())
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
};

/** Waits until the queue's function has ended for the n-th time, and ends the visibility timeouts. */
export const afterInvocation = async ({ stack }: Puppets, nth: number): Promise<void> => {
  await until(() => stack.invocations('work') >= nth && stack.running() === 0);
  for (const message of stack.queue.messages) message.visibleAt = 0;
};

export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
