import type { Settings } from '../core/settings.ts';
import { handlers, type ResourceType, resourceTypes } from './handlers.ts';
import type { Statement } from './policy.ts';
import type { Deployment } from './scopes.ts';
import { statementsOf, type Use } from './use.ts';

/**
 * The least that a person or pipeline needs to deploy, update and remove a stage: the calls of `serverless` itself, and those that
 * CloudFormation makes with the same permissions, unless it has a role of its own (deploy.cloudFormationRole). With a boundary,
 * the deployer can create roles only under that permissions boundary.
 */
export const deployerStatements = (deployment: Deployment, boundary?: string): readonly Statement[] => {
  const { deploy } = deployment.settings;
  const limit = boundary ?? deploy?.permissionsBoundary;
  return statementsOf(
    [
      ...deployCalls,
      ...(deploy?.cloudFormationRole === undefined ? handlerUses(deployment, limit) : [passUse]),
    ],
    deployment,
    limit,
  );
};

/** The least for deploy.cloudFormationRole. CloudFormation then makes its calls as this role, not on behalf of the deployer. */
export const cloudFormationStatements = (deployment: Deployment, boundary?: string): readonly Statement[] => {
  const limit = boundary ?? deployment.settings.deploy?.permissionsBoundary;
  return statementsOf(handlerUses(deployment, limit).map(withoutCaller), deployment, limit);
};

const withoutCaller = ({ condition, ...use }: Use): Use =>
  condition === undefined || condition === 'viaCloudFormation' ? use : { ...use, condition };

const passUse = {
  actions: ['iam:PassRole'],
  on: 'cloudFormationRole',
  condition: 'passedToCloudFormation',
} as const satisfies Use;

/** The calls of `serverless deploy` and `serverless remove`. tests/conformance/deploy.test.ts records them. */
const deployCalls: readonly Use[] = [
  {
    actions: [
      'cloudformation:CreateChangeSet',
      'cloudformation:DeleteChangeSet',
      'cloudformation:DeleteStack',
      'cloudformation:DescribeChangeSet',
      'cloudformation:DescribeStackEvents',
      'cloudformation:DescribeStackResource',
      'cloudformation:DescribeStacks',
      'cloudformation:ExecuteChangeSet',
      'cloudformation:ListStackResources',
    ],
    on: 'stack',
  },
  // IAM supports no narrower resource for these. The rules show which other stages are deployed.
  { actions: ['cloudformation:ValidateTemplate', 'events:ListRules'], on: 'everything' },
  { actions: ['s3:ListBucket'], on: 'bucket' },
  { actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], on: 'artifacts' },
  { actions: ['lambda:GetFunction'], on: 'functions' },
  // Our plugin starts the sweep after each deploy.
  { actions: ['lambda:InvokeFunction'], on: 'sweepFunction' },
  { actions: ['ecr:DescribeRepositories'], on: 'imageRepository' },
];

/** The calls of CloudFormation's handlers. `deploy` in rolebridge.yml changes which handlers it needs, and on what. */
const handlerUses = ({ settings }: Deployment, boundary: string | undefined): readonly Use[] => [
  ...resourceTypes(settings).flatMap((type) => usesOf(type)),
  ...(settings.notifications === undefined ? [] : notificationRuleUses),
  ...(boundary === undefined ? [] : boundaryUses),
  ...companyUses(settings),
];

/** Needed by the handlers in addition, if the functions run in a VPC, or the company's own key encrypts. */
export const companyUses = ({ deploy }: Pick<Settings, 'deploy'>): readonly Use[] => [
  ...(deploy?.vpc === undefined ? [] : vpcUses),
  ...(deploy?.kmsKey === undefined ? [] : companyKeyUses),
];

const usesOf = (type: ResourceType): readonly Use[] => handlers[type];

/** Notifications add rules, whose names depend on the outcomes that they are for. */
const notificationRuleUses: readonly Use[] = handlers['AWS::Events::Rule'].map(({ actions }) => ({
  actions,
  on: 'notificationRules',
}));

const boundaryUses: readonly Use[] = [
  { actions: ['iam:PutRolePermissionsBoundary'], on: 'functionRoles', condition: 'withBoundary' },
];

/** Lambda's handler checks the subnets and groups, and waits until the network interfaces are gone. */
const vpcUses: readonly Use[] = [
  {
    actions: [
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    on: 'everything',
  },
];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html and AssociateKmsKey of CloudWatch Logs. */
const companyKeyUses: readonly Use[] = [
  {
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    on: 'companyKey',
  },
  { actions: ['kms:CreateGrant'], on: 'companyKey', condition: 'forAwsItself' },
  { actions: ['logs:AssociateKmsKey', 'logs:DisassociateKmsKey'], on: 'logGroups' },
];
