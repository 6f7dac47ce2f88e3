import type { DeploySettings } from '../shared/core/settings.ts';
import { stackRegion } from '../shared/core/stack.ts';
import type { PolicyStatement } from './statement.ts';

/**
 * The permissions that the functions' roles need in addition, under these settings. The permissions boundary has them, too
 * (shared/permissions/boundary.ts).
 */
export const companyStatements = (
  deploy: DeploySettings = {},
): Readonly<Record<'reconcile' | 'sweep', readonly PolicyStatement[]>> => ({
  reconcile: addedStatements(deploy, { usesQueue: true }),
  sweep: addedStatements(deploy, { usesQueue: false }),
});

const addedStatements = (
  { vpc, kmsKey }: DeploySettings,
  { usesQueue }: { readonly usesQueue: boolean },
): readonly PolicyStatement[] => [
  // Lambda calls EC2 with the function's role, so the role must have these permissions.
  ...(vpc === undefined
    ? []
    : [{ Sid: 'JoinTheVpc', Effect: 'Allow', Action: vpcActions, Resource: '*' } as const]),
  ...(kmsKey === undefined ? [] : keyStatements(kmsKey, usesQueue)),
];

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
export const vpcActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Only through the service that holds the data. Logs and notifications are encrypted by the services themselves. */
const keyStatements = (kmsKey: string, usesQueue: boolean): readonly PolicyStatement[] => [
  keyStatement('DecryptTheLedger', ['kms:Decrypt'], kmsKey, 'dynamodb'),
  // A recheck that reconcile sends to its own queue is encrypted with a data key.
  ...(usesQueue
    ? [keyStatement('UseTheQueuesKey', ['kms:Decrypt', 'kms:GenerateDataKey'], kmsKey, 'sqs')]
    : []),
];

const keyStatement = (
  Sid: string,
  Action: readonly string[],
  Resource: string,
  via: string,
): PolicyStatement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  Condition: { StringEquals: { 'kms:ViaService': `${via}.${stackRegion}.amazonaws.com` } },
});
