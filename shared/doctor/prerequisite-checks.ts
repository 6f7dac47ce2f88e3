import { toFailure } from '../core/errors.ts';
import { stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import type { Facts } from './context.ts';
import { type Finding, failed, numbered, ok } from './finding.ts';
import {
  judgeDeadLetters,
  judgeErrors,
  judgeEventSource,
  judgeFunctions,
  judgeQueue,
} from './function-checks.ts';
import { orRevoked } from './revoked.ts';
import { driftEvents, judgeEventRule, judgeSchedule, roleEvents } from './rule-checks.ts';
import type { RuleState } from './states.ts';
import { judgeTrails } from './trail-check.ts';

/** Credentials of the right AWS account: without them nothing of AWS is looked at. */
export const needsAws = ['aws-credentials', 'aws-account'];

const judgeFile = async (facts: Facts): Promise<Finding> => {
  try {
    const { mode, accounts, regions, allow } = await facts.settings();
    const counts = [
      numbered(accounts.length, 'account'),
      numbered(regions.length, 'region'),
      numbered(allow.length, 'rule'),
    ].join(', ');
    if (mode === 'dry-run')
      return {
        status: 'warning',
        found: `The mode is dry-run: nothing is written (${counts}).`,
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

const judgeCredentials = async ({ identity }: Facts): Promise<Finding> => {
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

const judgeAccount = async ({ identity, settingsIfAny }: Facts): Promise<Finding> => {
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

const identityChecks = (facts: Facts): readonly Check[] => [
  {
    id: 'config',
    group: 'rolebridge.yml',
    title: 'Settings',
    permission: 'to read the file',
    needs: [],
    excusedBy: [],
    run: () => judgeFile(facts),
  },
  {
    id: 'aws-credentials',
    group: 'AWS',
    title: 'AWS credentials',
    permission: 'nothing',
    needs: [],
    excusedBy: [],
    run: () => judgeCredentials(facts),
  },
  {
    id: 'aws-account',
    group: 'AWS',
    title: 'AWS account',
    permission: 'nothing',
    needs: ['aws-credentials'],
    excusedBy: [],
    run: () => judgeAccount(facts),
  },
];

type Maker = (
  id: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  excusedBy?: readonly string[],
) => Check;

/** Without the stack each part of it is missing: one check tells that. */
const make: Maker = (id, title, permission, run, excusedBy = ['functions']) => ({
  id,
  group: 'Stack',
  title,
  permission,
  needs: needsAws,
  excusedBy,
  run,
});

const ruleChecks = (facts: Facts): readonly Check[] => {
  const { aws, names, stage, identity, settingsIfAny } = facts;
  /** Of a rule that `revoke --all` stops. */
  const stoppable = (rule: RuleState, finding: Finding): Finding | Promise<Finding> =>
    rule.kind === 'there' && !rule.isEnabled ? orRevoked(facts, finding) : finding;
  const permission = 'events:DescribeRule, events:ListTargetsByRule';
  return [
    make('role-events-rule', 'Rule for role events', permission, async () => {
      const { tagKey } = (await settingsIfAny()) ?? {};
      const { accountId } = await identity();
      const samples = tagKey === undefined ? [] : roleEvents(accountId, tagKey);
      const name = names.roleEventsRule;
      const rule = await aws.rule(name);
      return stoppable(rule, judgeEventRule(name, names, stage, rule, samples));
    }),
    make('drift-rule', 'Rule for drift', permission, async () => {
      const { accountId } = await identity();
      const name = names.driftRule;
      return judgeEventRule(name, names, stage, await aws.rule(name), driftEvents(accountId));
    }),
    make('schedule-rule', 'Schedule of the sweep', permission, async () => {
      const wanted = (await settingsIfAny())?.sweep.schedule;
      const rule = await aws.rule(names.scheduleRule);
      return stoppable(rule, judgeSchedule(names, stage, rule, wanted));
    }),
  ];
};

const queueChecks = ({ aws, names, stage }: Facts): readonly Check[] => {
  const permission = 'sqs:GetQueueUrl, sqs:GetQueueAttributes';
  return [
    make('event-source', 'Event source mapping', 'lambda:ListEventSourceMappings', async () =>
      judgeEventSource(names, stage, await aws.eventSources(names.reconcileFunction)),
    ),
    make('queue', 'Queue', permission, async () =>
      judgeQueue(names.queue, stage, await aws.queue(names.queue)),
    ),
    make('dead-letter-queue', 'Dead-letter queue', permission, async () =>
      judgeDeadLetters(names.deadLetterQueue, names, stage, await aws.queue(names.deadLetterQueue)),
    ),
  ];
};

const judgeDeployed = async ({ aws, names, stage }: Facts): Promise<Finding> => {
  const deployed = [names.reconcileFunction, names.sweepFunction].map(async (name) => ({
    name,
    state: await aws.functionState(name),
  }));
  return judgeFunctions(stage, await Promise.all(deployed));
};

/** Everything that a role's change passes through in AWS. */
export const stackChecks = (facts: Facts): readonly Check[] => [
  ...identityChecks(facts),
  make('functions', 'Functions', 'lambda:GetFunctionConfiguration', () => judgeDeployed(facts), []),
  make(
    'trail',
    'Trail',
    'cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors',
    async () => judgeTrails(await facts.aws.trails()),
    [],
  ),
  ...ruleChecks(facts),
  ...queueChecks(facts),
  make('function-errors', 'Errors of the functions', 'logs:FilterLogEvents', async () =>
    judgeErrors(await facts.failures()),
  ),
];
