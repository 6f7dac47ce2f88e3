import { driftDetailType } from '../core/drift.ts';
import { toFailure } from '../core/errors.ts';
import { isRecord, parseJson } from '../core/json.ts';
import { type StackNames, stackRegion } from '../core/stack.ts';
import { deploy } from './commands.ts';
import { patternMatches } from './event-pattern.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';
import type { Absent, RuleState } from './ports.ts';

/** One event that a rule must let pass. */
export interface SampleEvent {
  readonly what: string;
  readonly event: unknown;
}

const iamEvent = (accountId: string, eventName: string, requestParameters: unknown): SampleEvent => ({
  what: eventName,
  event: {
    source: 'aws.iam',
    'detail-type': 'AWS API Call via CloudTrail',
    account: accountId,
    region: stackRegion,
    detail: { eventSource: 'iam.amazonaws.com', eventName, requestParameters },
  },
});

/** The IAM writes that can change which roles ask for access. */
export const roleEvents = (accountId: string, tagKey: string): readonly SampleEvent[] => {
  const roleName = 'app-example';
  const tags = [
    { key: 'other', value: '' },
    { key: tagKey, value: '' },
  ];
  return [
    iamEvent(accountId, 'TagRole', { roleName, tags }),
    iamEvent(accountId, 'UntagRole', { roleName, tagKeys: ['other', tagKey] }),
    iamEvent(accountId, 'CreateRole', { roleName, tags }),
    iamEvent(accountId, 'DeleteRole', { roleName }),
  ];
};

export const driftEvents = (accountId: string): readonly SampleEvent[] => [
  {
    what: driftDetailType,
    event: {
      source: 'rolebridge',
      'detail-type': driftDetailType,
      account: accountId,
      region: stackRegion,
      detail: {},
    },
  },
];

const isQueue = (arn: string, queue: string): boolean => arn.startsWith('arn:') && arn.endsWith(`:${queue}`);

/** Judges a rule that is there and enabled; of any other it says so. */
const onDuty = (
  name: string,
  stage: string,
  rule: RuleState,
  judge: (rule: Exclude<RuleState, Absent>) => Finding,
): Finding => {
  if (rule.kind === 'absent')
    return failed(`${stackRegion} has no rule ${name}.`, `Deploy the stack: ${deploy(stage)}`);
  return rule.isEnabled
    ? judge(rule)
    : failed(
        `The rule ${name} is disabled.`,
        `Enable it: aws events enable-rule --name ${name} --region ${stackRegion}`,
      );
};

const missed = (pattern: string, samples: readonly SampleEvent[]): readonly string[] => {
  const parsed = parseJson(pattern);
  return samples
    .filter(({ event }) => !(isRecord(parsed) && patternMatches(parsed, event)))
    .map(({ what }) => what);
};

const checkPattern = (
  name: string,
  queue: string,
  stage: string,
  pattern: string,
  samples: readonly SampleEvent[],
): Finding => {
  try {
    const names = missed(pattern, samples);
    return names.length === 0
      ? ok(`${name} in ${stackRegion} is enabled and feeds ${queue}.`)
      : failed(
          `The pattern of the rule ${name} does not let ${listed(names)} of the tag key in rolebridge.yml pass.`,
          `Deploy what rolebridge.yml says: ${deploy(stage)}`,
        );
  } catch (thrown) {
    return unknown(
      `The pattern of the rule ${name} was changed by hand: it uses ${toFailure(thrown).message}, which is not known here.`,
      `Deploy the usual one: ${deploy(stage)}`,
    );
  }
};

/** A rule that brings events to the queue: there, enabled, with the queue as target and a pattern that lets them pass. */
export const checkEventRule = (
  name: string,
  { queue }: Pick<StackNames, 'queue'>,
  stage: string,
  rule: RuleState,
  samples: readonly SampleEvent[],
): Finding =>
  onDuty(name, stage, rule, ({ targets, pattern }) =>
    targets.some((target) => isQueue(target, queue))
      ? checkPattern(name, queue, stage, pattern, samples)
      : failed(
          `The rule ${name} does not have the queue ${queue} as target (${targets.length === 0 ? 'it has none' : listed(targets)}).`,
          `Give it its target back: ${deploy(stage)}`,
        ),
  );

/** The rule that starts the sweep. `wanted` is the file's schedule, where that can be read. */
export const checkSchedule = (
  { scheduleRule, sweepFunction }: Pick<StackNames, 'scheduleRule' | 'sweepFunction'>,
  stage: string,
  rule: RuleState,
  wanted: string | undefined,
): Finding =>
  onDuty(scheduleRule, stage, rule, ({ targets, schedule }) => {
    if (!targets.some((target) => target.endsWith(`:function:${sweepFunction}`)))
      return failed(
        `The schedule ${scheduleRule} does not start the function ${sweepFunction}.`,
        `Give it its target back: ${deploy(stage)}`,
      );
    return wanted === undefined || wanted === schedule
      ? ok(`${scheduleRule} starts the sweep: ${schedule}.`)
      : warning(
          `The sweep runs at ${schedule}, and sweep.schedule in rolebridge.yml says ${wanted}.`,
          `Deploy what the file says: ${deploy(stage)}`,
        );
  });
