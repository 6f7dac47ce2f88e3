import type { EventBridge } from '@aws-sdk/client-eventbridge';
import type { IAM, RoleDetail } from '@aws-sdk/client-iam';
import type { SQS } from '@aws-sdk/client-sqs';
import type { SSM } from '@aws-sdk/client-ssm';
import type { STS } from '@aws-sdk/client-sts';

/** rolebridge's calls to AWS, as steps that build on each other, for any program that implements AWS's APIs. */
export interface Subject {
  readonly iam: IAM;
  readonly ssm: SSM;
  readonly sqs: SQS;
  readonly sts: STS;
  readonly events: EventBridge;
  /** The URL of an empty queue, `q`, with a visibility time-out of 30 s and dead letters in `dead` after 8 receives. */
  readonly QueueUrl: string;
}

export const accountId = '123456789012';

/** A managed policy that exists. */
export const managedPolicy = `arn:aws:iam::${accountId}:policy/own`;

/** An existing rule with one target, and a schedule that is disabled. */
export const rule = {
  name: 'role-events',
  pattern: { source: ['nothing'] },
  target: { id: 'queue', arn: `arn:aws:sqs:us-east-1:${accountId}:q` },
  schedule: 'hourly',
};

export type Steps = Readonly<Record<string, (subject: Subject) => Promise<unknown>>>;

export const tag = (Key: string, Value: string) => ({ Key, Value });

export const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const without = (value: object, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

/** Neither promises an order of listed roles, and moto does not encode the trust policies in lists. */
export const sorted = (roles: readonly RoleDetail[] = []) =>
  roles
    .toSorted((a, b) => ((a.RoleName ?? '') < (b.RoleName ?? '') ? -1 : 1))
    .map((role) => without(role, 'AssumeRolePolicyDocument'));
