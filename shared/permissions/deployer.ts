import { handlers, type ResourceType, resourceTypes } from './handlers.ts';
import type { Statement } from './policy.ts';
import type { Deployment } from './scopes.ts';
import { statementsOf, type Use } from './use.ts';

/**
 * The least that a person or pipeline needs to deploy, update and remove a stage: the calls of `serverless` itself, and those that
 * CloudFormation makes with the same permissions. With a boundary, the deployer can create roles only under that permissions boundary.
 */
export const deployerStatements = (deployment: Deployment, boundary?: string): readonly Statement[] =>
  statementsOf([...deployCalls, ...handlerUses(deployment, boundary)], deployment, boundary);

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

const handlerUses = ({ settings }: Deployment, boundary: string | undefined): readonly Use[] => [
  ...resourceTypes(settings).flatMap((type) => usesOf(type)),
  ...(settings.notifications === undefined ? [] : notificationRuleUses),
  ...(boundary === undefined
    ? []
    : [
        {
          actions: ['iam:PutRolePermissionsBoundary'],
          on: 'functionRoles',
          condition: 'withBoundary',
        } as const,
      ]),
];

const usesOf = (type: ResourceType): readonly Use[] => handlers[type];

/** Notifications add rules, whose names depend on the outcomes that they are for. */
const notificationRuleUses: readonly Use[] = handlers['AWS::Events::Rule'].map(({ actions }) => ({
  actions,
  on: 'notificationRules',
}));
