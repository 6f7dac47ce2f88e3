import type { Statement } from './policy.ts';
import type { Deployment } from './scopes.ts';
import { statementsOf, type Use } from './use.ts';

/** The AWS side of what a person's commands need. */
export type PersonalJob = 'accounts' | 'deploy-checks' | 'plan' | 'operator' | 'doctor';

export const personalStatements = (job: PersonalJob, deployment: Deployment): readonly Statement[] =>
  statementsOf(
    deployment.settings.deploy?.kmsKey === undefined || job === 'accounts'
      ? uses[job]
      : [...uses[job], decryptUse],
    deployment,
  );

/** Each of them but `accounts` reads the ledger's table. */
const decryptUse = {
  actions: ['kms:Decrypt'],
  on: 'companyKey',
  condition: 'viaDynamoDb',
} as const satisfies Use;

/** Other accounts are read through their viewer roles, which have the permissions there. */
const viewerUse = {
  actions: ['sts:AssumeRole'],
  on: 'viewerRoles',
  condition: 'inOurAccounts',
} as const satisfies Use;

/** `rolebridge plan` and `roles`: everything that the sweep reads. */
const planUses: readonly Use[] = [
  viewerUse,
  // The deployed function names the ledger's table, and its settings.
  { actions: ['lambda:GetFunctionConfiguration'], on: 'sweepFunction' },
  { actions: ['dynamodb:Scan'], on: 'ledger' },
  { actions: ['ssm:GetParametersByPath'], on: 'parameterPrefixes' },
  // IAM supports no narrower resource for this.
  { actions: ['iam:GetAccountAuthorizationDetails'], on: 'everything' },
];

const uses: Readonly<Record<PersonalJob, readonly Use[]>> = {
  /** `rolebridge deploy` and `remove`, besides the calls of `serverless`. */
  'deploy-checks': [
    ...planUses,
    { actions: ['ec2:DescribeRegions'], on: 'everything' },
    // Which prefixes the other stages use.
    { actions: ['events:ListRules'], on: 'everything' },
    { actions: ['lambda:GetFunctionConfiguration'], on: 'reconcileOfAnyStage' },
    { actions: ['iam:GetRolePolicy'], on: 'reconcileRoleOfAnyStage' },
    // Whether it allows what the functions need.
    { actions: ['iam:GetPolicy', 'iam:GetPolicyVersion'], on: 'boundary' },
  ],
  /** In the management account, or in one of a delegated administrator. The listings support no narrower resource. */
  accounts: [
    {
      actions: [
        'organizations:DescribeOrganization',
        'organizations:ListAccounts',
        // With --ou.
        'organizations:ListAccountsForParent',
        'organizations:ListOrganizationalUnitsForParent',
      ],
      on: 'everything',
    },
  ],
  plan: planUses,
  /** Also `sweep`, with or without an answer, `forget`, `adopt`, `resume` and `revoke`. */
  operator: [
    ...planUses,
    { actions: ['lambda:InvokeFunction'], on: 'sweepFunction' },
    // revoke --role: reads the role again until its access is gone, and removes its tags.
    { actions: ['dynamodb:BatchGetItem', 'dynamodb:Query'], on: 'ledger' },
    { actions: ['ssm:GetParametersByPath'], on: 'parameters' },
    { actions: ['iam:GetRole'], on: 'anyRole' },
    { actions: ['iam:UntagRole'], on: 'anyRole', condition: 'ofOurTags' },
    // revoke --all and resume: stop and start the rules, and empty the queue.
    { actions: ['events:DisableRule', 'events:EnableRule'], on: 'rules' },
    { actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:PurgeQueue'], on: 'queue' },
  ],
  doctor: [
    viewerUse,
    { actions: ['lambda:GetFunctionConfiguration'], on: 'functions' },
    { actions: ['events:DescribeRule', 'events:ListTargetsByRule'], on: 'rules' },
    { actions: ['events:DescribeEventBus'], on: 'memberBus' },
    { actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], on: 'queues' },
    {
      actions: ['dynamodb:DescribeContinuousBackups', 'dynamodb:DescribeTable', 'dynamodb:Scan'],
      on: 'ledger',
    },
    { actions: ['logs:FilterLogEvents'], on: 'logStreams' },
    { actions: ['ssm:GetParametersByPath'], on: 'parameterPrefixes' },
    { actions: ['ssm:GetParametersByPath'], on: 'parameters' },
    {
      actions: ['iam:GetRole', 'iam:ListAttachedRolePolicies', 'iam:ListInstanceProfilesForRole'],
      on: 'anyRole',
    },
    {
      actions: [
        // Trails may belong to another account of the organization, and to any region.
        'cloudtrail:DescribeTrails',
        'cloudtrail:GetEventSelectors',
        'cloudtrail:GetTrailStatus',
        // These support no narrower resource.
        'ec2:DescribeInstances',
        'events:TestEventPattern',
        'iam:GetAccountAuthorizationDetails',
        'lambda:ListEventSourceMappings',
      ],
      on: 'everything',
    },
  ],
};
