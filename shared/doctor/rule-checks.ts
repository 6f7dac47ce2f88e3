import { driftDetailType } from '../core/drift.ts';
import { type StackNames, stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import { deploy } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, warning } from './finding.ts';
import { orRevoked } from './ledger-checks.ts';
import type { Absent, AwsView, RuleState, SampleEvent } from './ports.ts';
import { stackCheck } from './stack-check.ts';

/** The two rules that feed the queue, and the schedule of the sweep. */
export const ruleChecks = (context: Context): readonly Check[] => {
  const { aws, names, stage, identity, settingsIfAny } = context;
  const permission = 'events:DescribeRule, events:ListTargetsByRule';
  const patternPermission = `${permission}, events:TestEventPattern`;
  return [
    stackCheck('role-events-rule', 'Rule for role events', patternPermission, async () => {
      const { tagKey } = (await settingsIfAny()) ?? {};
      const samples = tagKey === undefined ? [] : roleEvents((await identity()).accountId, tagKey);
      return unlessRevoked(
        context,
        await aws.rule(names.roleEventsRule),
        await runEventRule(context, names.roleEventsRule, samples),
      );
    }),
    stackCheck('drift-rule', 'Rule for drift', patternPermission, async () =>
      runEventRule(context, names.driftRule, driftEvents((await identity()).accountId)),
    ),
    stackCheck('schedule-rule', 'Schedule of the sweep', permission, async () => {
      const schedule = (await settingsIfAny())?.sweep.schedule;
      const rule = await aws.rule(names.scheduleRule);
      return unlessRevoked(context, rule, checkSchedule(names, stage, rule, schedule));
    }),
  ];
};

/** `revoke --all` disables these rules, and then that explains the failure. */
export const unlessRevoked = async (
  context: Context,
  rule: RuleState,
  finding: Finding,
): Promise<Finding> => {
  return rule.kind === 'there' && !rule.isEnabled ? orRevoked(context, finding) : finding;
};

const runEventRule = async (
  { aws, names, stage }: Context,
  name: string,
  samples: readonly SampleEvent[],
): Promise<Finding> => {
  const rule = await aws.rule(name);
  const missed =
    isEnabled(rule) && isFeeding(rule, names.queue) ? await missedEvents(aws, rule.pattern, samples) : [];
  return checkEventRule(name, names, stage, rule, missed);
};

type EnabledRule = Exclude<RuleState, Absent>;

const isEnabled = (rule: RuleState): rule is EnabledRule => rule.kind === 'there' && rule.isEnabled;

const isFeeding = ({ targets }: EnabledRule, queue: string): boolean =>
  targets.some((arn) => arn.startsWith('arn:') && arn.endsWith(`:${queue}`));

/** Only EventBridge knows all of its pattern language, so we ask it. */
export const missedEvents = async (
  aws: AwsView,
  pattern: string,
  samples: readonly SampleEvent[],
): Promise<readonly SampleEvent[]> => {
  if (pattern === '') return samples;
  const missed: SampleEvent[] = [];
  for (const event of samples) if (!(await aws.isMatch(pattern, event))) missed.push(event);
  return missed;
};

/** A rule that feeds the queue must exist, be enabled, have the queue as its target and miss no event that we need. */
export const checkEventRule = (
  name: string,
  { queue }: Pick<StackNames, 'queue'>,
  stage: string,
  rule: RuleState,
  missed: readonly SampleEvent[],
): Finding => {
  if (!isEnabled(rule)) return notEnabled(name, stage, rule);
  if (!isFeeding(rule, queue))
    return failed(
      `The rule ${name} does not have the queue ${queue} as its target (${rule.targets.length === 0 ? 'it has none' : listed(rule.targets)}).`,
      `Restore its target: ${deploy(stage)}`,
    );
  return missed.length === 0
    ? ok(`${name} in ${stackRegion} is enabled and feeds ${queue}.`)
    : failed(
        `The pattern of the rule ${name} does not match events that rolebridge.yml calls for: ${listed(missed.map(eventName))}.`,
        `Deploy the settings of rolebridge.yml: ${deploy(stage)}`,
      );
};

const notEnabled = (name: string, stage: string, rule: RuleState): Finding =>
  rule.kind === 'absent'
    ? failed(`${stackRegion} has no rule ${name}.`, `Deploy the stack: ${deploy(stage)}`)
    : failed(
        `The rule ${name} is disabled.`,
        `Enable it: aws events enable-rule --name ${name} --region ${stackRegion}`,
      );

/** CloudTrail's events all have the same detail type; what differs is the API call. */
export const eventName = ({ detail, 'detail-type': detailType }: SampleEvent): string =>
  'eventName' in detail ? String(detail.eventName) : detailType;

/** The IAM writes that can change which roles request access. */
export const roleEvents = (accountId: string, tagKey: string): readonly SampleEvent[] => {
  const roleName = 'app-example';
  const tags = [
    { key: 'other', value: '' },
    { key: tagKey, value: '' },
  ];
  const iamEvent = (name: string, requestParameters: object): SampleEvent => ({
    ...envelope(accountId),
    source: 'aws.iam',
    'detail-type': 'AWS API Call via CloudTrail',
    detail: { eventSource: 'iam.amazonaws.com', eventName: name, requestParameters },
  });
  return [
    iamEvent('TagRole', { roleName, tags }),
    iamEvent('UntagRole', { roleName, tagKeys: ['other', tagKey] }),
    iamEvent('CreateRole', { roleName, tags }),
    iamEvent('DeleteRole', { roleName }),
  ];
};

export const driftEvents = (accountId: string): readonly SampleEvent[] => [
  { ...envelope(accountId), source: 'rolebridge', 'detail-type': driftDetailType, detail: {} },
];

const envelope = (accountId: string) =>
  ({
    version: '0',
    id: '00000000-0000-0000-0000-000000000000',
    account: accountId,
    time: '2026-01-01T00:00:00Z',
    region: stackRegion,
    resources: [],
  }) as const;

/** The rule that starts the sweep. `schedule` is that of rolebridge.yml, if the file can be read. */
export const checkSchedule = (
  { scheduleRule, sweepFunction }: Pick<StackNames, 'scheduleRule' | 'sweepFunction'>,
  stage: string,
  rule: RuleState,
  schedule: string | undefined,
): Finding => {
  if (!isEnabled(rule)) return notEnabled(scheduleRule, stage, rule);
  if (!rule.targets.some((target) => target.endsWith(`:function:${sweepFunction}`)))
    return failed(
      `The schedule ${scheduleRule} does not start the function ${sweepFunction}.`,
      `Restore its target: ${deploy(stage)}`,
    );
  return schedule === undefined || schedule === rule.schedule
    ? ok(`${scheduleRule} starts the sweep: ${rule.schedule}.`)
    : warning(
        `The sweep runs at ${rule.schedule}, but sweep.schedule in rolebridge.yml is ${schedule}.`,
        `Deploy the settings of rolebridge.yml: ${deploy(stage)}`,
      );
};
