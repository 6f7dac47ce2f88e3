import { toFailure } from '../core/errors.ts';
import { stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, failed, numbered, ok } from './finding.ts';
import {
  checkDeadLetters,
  checkErrors,
  checkEventSource,
  checkFunctions,
  checkQueue,
} from './function-checks.ts';
import { ruleChecks } from './rule-checks.ts';
import { stackCheck as make } from './stack-check.ts';
import { checkTrails } from './trail-check.ts';

const checkFile = async (context: Context): Promise<Finding> => {
  try {
    const { mode, accounts, regions, allow } = await context.settings();
    const counts = [
      numbered(accounts.length, 'account'),
      numbered(regions.length, 'region'),
      numbered(allow.length, 'rule'),
    ].join(', ');
    if (mode === 'dry-run')
      return {
        status: 'warning',
        message: `The mode is dry-run: nothing is written (${counts}).`,
        fix: 'Set mode: sync and deploy, when you have seen enough.',
      };
    return ok(
      `It is valid: ${counts}.`,
      mode === 'upsert-only' ? 'The mode is upsert-only: nothing is taken away.' : undefined,
    );
  } catch (thrown) {
    return failed(
      toFailure(thrown).message,
      'Correct the file; rolebridge.example.yml explains every setting.',
    );
  }
};

const checkCredentials = async ({ identity }: Context): Promise<Finding> => {
  try {
    const { arn } = await identity();
    return ok(`You are ${arn}; the stack is looked for in ${stackRegion}.`);
  } catch (thrown) {
    return failed(
      `AWS does not know you: ${toFailure(thrown).message}`,
      'Sign in (aws sso login), or set AWS_PROFILE. See who you are: aws sts get-caller-identity',
    );
  }
};

const checkAccount = async ({ identity, settingsIfAny }: Context): Promise<Finding> => {
  const { accountId } = await identity();
  const wanted = (await settingsIfAny())?.accounts[0]?.id;
  if (wanted === undefined)
    return ok(`Account ${accountId}; which one it should be, rolebridge.yml does not say.`);
  return wanted === accountId
    ? ok(`Account ${accountId}, as rolebridge.yml says.`)
    : failed(
        `You are in account ${accountId}, and rolebridge.yml configures ${wanted}.`,
        `Use credentials of account ${wanted} (AWS_PROFILE), or correct accounts in rolebridge.yml.`,
      );
};

const identityChecks = (context: Context): readonly Check[] => [
  {
    id: 'config',
    group: 'rolebridge.yml',
    title: 'Settings',
    permission: 'to read the file',
    needs: [],
    causedBy: [],
    run: () => checkFile(context),
  },
  {
    id: 'aws-credentials',
    group: 'AWS',
    title: 'AWS credentials',
    permission: 'nothing',
    needs: [],
    causedBy: [],
    run: () => checkCredentials(context),
  },
  {
    id: 'aws-account',
    group: 'AWS',
    title: 'AWS account',
    permission: 'nothing',
    needs: ['aws-credentials'],
    causedBy: [],
    run: () => checkAccount(context),
  },
];

const queueChecks = ({ aws, names, stage }: Context): readonly Check[] => {
  const permission = 'sqs:GetQueueUrl, sqs:GetQueueAttributes';
  return [
    make('event-source', 'Event source mapping', 'lambda:ListEventSourceMappings', async () =>
      checkEventSource(names, stage, await aws.eventSources(names.reconcileFunction)),
    ),
    make('queue', 'Queue', permission, async () =>
      checkQueue(names.queue, stage, await aws.queue(names.queue)),
    ),
    make('dead-letter-queue', 'Dead-letter queue', permission, async () =>
      checkDeadLetters(names.deadLetterQueue, names, stage, await aws.queue(names.deadLetterQueue)),
    ),
  ];
};

const checkDeployed = async ({ aws, names, stage }: Context): Promise<Finding> => {
  const deployed = [names.reconcileFunction, names.sweepFunction].map(async (name) => ({
    name,
    state: await aws.functionState(name),
  }));
  return checkFunctions(stage, await Promise.all(deployed));
};

/** Everything that a role's change passes through in AWS. */
export const stackChecks = (context: Context): readonly Check[] => [
  ...identityChecks(context),
  make('functions', 'Functions', 'lambda:GetFunctionConfiguration', () => checkDeployed(context), []),
  make(
    'trail',
    'Trail',
    'cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors',
    async () => checkTrails(await context.aws.trails()),
    [],
  ),
  ...ruleChecks(context),
  ...queueChecks(context),
  make('function-errors', 'Errors of the functions', 'logs:FilterLogEvents', async () =>
    checkErrors(await context.failures()),
  ),
];
