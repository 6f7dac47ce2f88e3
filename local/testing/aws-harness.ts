import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import type { RuleTarget } from '../aws/event-bus.ts';
import { type AwsOptions, type AwsWorld, type Credentials, startAws } from '../aws/world.ts';
import { accountId } from './settings.ts';

export interface Clients {
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  readonly events: EventBridgeClient;
  readonly lambda: LambdaClient;
  readonly trail: CloudTrailClient;
  readonly logs: CloudWatchLogsClient;
  readonly ec2: EC2Client;
}

export interface Harness extends Clients {
  readonly aws: AwsWorld;
  /** The unmodified AWS SDK, without retries, so that tests see the first answer. */
  readonly as: (credentials: Credentials, region?: string) => Clients;
  /** Advances the clock, which otherwise stands still. */
  readonly advance: (seconds: number) => void;
  readonly close: () => Promise<void>;
}

export const startHarness = async (options: Partial<AwsOptions> = {}): Promise<Harness> => {
  let milliseconds = 0;
  const aws = await startAws({
    accountId,
    now: () => new Date(began.getTime() + milliseconds),
    monotonic: () => milliseconds,
    ...options,
  });
  const made: { readonly destroy: () => void }[] = [];
  const kept = <C extends { readonly destroy: () => void }>(client: C): C => {
    made.push(client);
    return client;
  };
  const as = (credentials: Credentials, region = 'us-east-1'): Clients => {
    const common = { region, credentials, endpoint: aws.url, maxAttempts: 1 };
    return {
      iam: kept(new IAMClient(common)),
      ssm: kept(new SSMClient(common)),
      sqs: kept(new SQSClient(common)),
      sts: kept(new STSClient(common)),
      events: kept(new EventBridgeClient(common)),
      lambda: kept(new LambdaClient(common)),
      trail: kept(new CloudTrailClient(common)),
      logs: kept(new CloudWatchLogsClient(common)),
      ec2: kept(new EC2Client(common)),
    };
  };
  return {
    aws,
    as,
    ...as(aws.admin),
    advance: (seconds) => {
      milliseconds += seconds * 1000;
    },
    close: async () => {
      for (const client of made) client.destroy();
      await aws.close();
    },
  };
};

export const began = new Date('2026-11-24T12:00:00Z');

/** The name and the status of the error that a client threw. */
export const failureOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'it did not fail';
  } catch (thrown) {
    const { name, $metadata } = thrown as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    return `${name} ${$metadata?.httpStatusCode ?? 'without an answer'}`;
  }
};

export const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

let targets = 0;
export const targetOf = (deliver: RuleTarget['deliver'], more: Partial<RuleTarget> = {}): RuleTarget => {
  targets += 1;
  return { id: `t${targets}`, arn: `arn:aws:sqs:us-east-1:${accountId}:q${targets}`, deliver, ...more };
};
