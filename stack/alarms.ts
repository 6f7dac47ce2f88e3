import type { Settings } from '../shared/core/settings.ts';
import { stackNames } from '../shared/core/stack.ts';
import { whichAccountAlarms } from './account-alarms.ts';
import { notificationRules, topicOf } from './notifications.ts';
import { overdue } from './overdue.ts';
import type { Resource, Resources } from './resource.ts';

const name = '${self:custom.name}';
const rulesToQueue = ['RoleEventsRule', 'DriftRule'];
/** `serverless` gives the rule of the schedule its name. */
const scheduleRule = 'SweepEventsRuleSchedule1';

/** Every alarm has a runbook under its name in docs/operations.md; tests/stack/runbooks.test.ts compares the two. */
export const alarms = (settings: Settings): Resources => {
  const topic = topicOf(settings);
  const ringing: MakeAlarm = (...args) => alarm(topic, ...args);
  return {
    DeadLetterAlarm: ringing(
      'dead-letter-queue-not-empty',
      'A role could not be reconciled in 8 tries, or an event not delivered. Access may not be what tags say.',
      ofQueue('ApproximateNumberOfMessagesVisible', 'ReconcileDeadLetterQueue'),
      above(0, 'Maximum'),
    ),
    OldMessagesAlarm: ringing(
      'messages-too-old',
      'A role event has waited for more than 15 minutes.',
      ofQueue('ApproximateAgeOfOldestMessage', 'ReconcileQueue'),
      above(900, 'Maximum'),
    ),
    UndeliveredEventsAlarm: ringing(
      'events-undelivered',
      'EventBridge could not deliver an event to a target of this stack.',
      sumOfRules('FailedInvocations', [
        ...[...rulesToQueue, scheduleRule, ...notificationRules(settings)].map(ofDefaultBus),
        ...memberRules(settings),
      ]),
      totalAbove(0),
    ),
    LostEventsAlarm: ringing(
      'events-lost',
      'EventBridge could neither deliver an event nor keep it in the dead-letter queue.',
      sumOfRules('InvocationsFailedToBeSentToDlq', [
        ...rulesToQueue.map(ofDefaultBus),
        ...memberRules(settings),
      ]),
      totalAbove(0),
    ),
    // serverless.yml sets RecursiveLoop to Allow, so this rings only if someone changed that by hand.
    RecursionStoppedAlarm: ringing(
      'reconcile-recursion-stopped',
      'Lambda takes messages that reconcile sends to itself for a loop, and has dropped some.',
      ofFunction('RecursiveInvocationsDropped', 'ReconcileLambdaFunction'),
      above(0, 'Sum'),
    ),
    // A single killed function is harmless: its messages come back.
    ReconcileErrorsAlarm: ringing(
      'reconcile-failed',
      'Reconcile ended in an error again and again, so role events are not worked on.',
      ofFunction('Errors', 'ReconcileLambdaFunction'),
      above(2, 'Sum', { minutes: 15 }),
    ),
    ReconcileThrottlesAlarm: ringing(
      'reconcile-throttled',
      'Lambda has kept reconcile from running for 15 minutes, so role events wait.',
      ofFunction('Throttles', 'ReconcileLambdaFunction'),
      above(0, 'Sum', { periods: 3 }),
    ),
    SweepErrorsAlarm: ringing(
      'sweep-failed',
      'The sweep ended in an error, so drift is not found. Its log says why.',
      ofFunction('Errors', 'SweepLambdaFunction'),
      above(0, 'Sum'),
    ),
    SweepThrottlesAlarm: ringing(
      'sweep-throttled',
      'Lambda has kept the sweep from running, so it is late.',
      ofFunction('Throttles', 'SweepLambdaFunction'),
      above(0, 'Sum'),
    ),
    ...sweepOverdue(settings, ringing),
    SweepBlindSpotsAlarm: ringing(
      'sweep-blind-spots',
      'No sweep of two hours could see everything, so drift may stay unseen.',
      own('SweepBlindSpots'),
      above(0, 'Minimum', { minutes: 120, missing: 'ignore' }),
    ),
    ...unreadableAccounts(settings, ringing),
    ...whichAccountAlarms(settings, topic),
    PoolOwnerAlarm: ringing(
      'pool-not-ours',
      "The pool's marker names another owner or none, or cannot be read, so not everything is repaired.",
      own('PoolNotOurs'),
      above(0, 'Maximum', { missing: 'ignore' }),
    ),
    EmptiedTableAlarm: ringing(
      'ledger-emptied',
      'Someone emptied the ledger, so what only earlier configurations named may be forgotten.',
      own('TableEmptied'),
      above(0, 'Maximum', { missing: 'ignore' }),
    ),
    // One for all AWS accounts, until each of them is within the limit. The alarms of account-alarms.ts name them.
    BrakeAlarm: ringing(
      'revocations-held',
      'In an AWS account the sweep would end more access than sweep.maxRevocations, so it ends none there. The event and the metric RevocationsHeldInAccount name it.',
      own('RevocationsHeld'),
      above(0, 'Maximum', { missing: 'ignore' }),
    ),
    RefusalsAlarm: ringing(
      'many-refusals',
      'More than 10 requests were refused within 15 minutes.',
      own('Refused'),
      above(10, 'Sum', { minutes: 15 }),
    ),
    // Grants and revocations that failed, entirely or in part; those that are retried do not count.
    FailuresAlarm: ringing(
      'outcomes-failed',
      'Access that is allowed could not be given, or its config not published, or access could not be removed.',
      own('Failed'),
      above(0, 'Sum', { minutes: 15 }),
    ),
    // Google allows 1,500 (shared/core/iam-policy.ts). Each sweep sends the metric.
    FullPolicyAlarm: ringing(
      'policy-nearly-full',
      'An allow policy holds 1,200 principals or more of the 1,500 that Google takes.',
      own('PolicyPrincipals'),
      above(1199, 'Maximum', { missing: 'ignore' }),
    ),
  };
};

/** The alarms, as serverless.yml includes them. */
export const alarmResources = (settings: Settings) => ({ Resources: alarms(settings) });

type MakeAlarm = (suffix: string, description: string, metric: object, condition: object) => Resource;

const sweepOverdue = (settings: Settings, ringing: MakeAlarm): Resources => {
  const window = overdue(settings.sweep.schedule);
  return window === undefined
    ? {}
    : {
        SweepOverdueAlarm: ringing(
          'sweep-overdue',
          'For two periods of its schedule no sweep has succeeded, so drift is not found.',
          own('SweepSucceeded'),
          {
            Statistic: 'Sum',
            ...window,
            Threshold: 1,
            ComparisonOperator: 'LessThanThreshold',
            TreatMissingData: 'breaching',
          },
        ),
      };
};

const unreadableAccounts = ({ accounts }: Settings, ringing: MakeAlarm): Resources =>
  accounts.length === 1
    ? {}
    : {
        UnreadableAccountsAlarm: ringing(
          'accounts-unreadable',
          'No sweep of two hours could list the roles of an AWS account, so its drift stays unseen. The log names it.',
          own('AccountsUnreadable'),
          above(0, 'Minimum', { minutes: 120, missing: 'ignore' }),
        ),
      };

const alarm = (
  topic: ReturnType<typeof topicOf>,
  suffix: string,
  description: string,
  metric: object,
  condition: object,
): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${name}-${suffix}`,
    AlarmDescription: `${description} Runbook: docs/operations.md.`,
    ...metric,
    ...condition,
    ...(topic === undefined ? {} : { AlarmActions: [topic], OKActions: [topic] }),
  },
});

/** One of our own metrics; the dimension is POWERTOOLS_SERVICE_NAME. */
const own = (MetricName: string) => ({
  Namespace: 'rolebridge',
  MetricName,
  Dimensions: [{ Name: 'service', Value: name }],
});
const ofQueue = (MetricName: string, queue: string) => ({
  Namespace: 'AWS/SQS',
  MetricName,
  Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
});
const ofFunction = (MetricName: string, functionResource: string) => ({
  Namespace: 'AWS/Lambda',
  MetricName,
  Dimensions: [{ Name: 'FunctionName', Value: { Ref: functionResource } }],
});

/** Dimensions: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
type RuleDimensions = readonly { readonly Name: string; readonly Value: object | string }[];

const ofDefaultBus = (rule: string): RuleDimensions => [{ Name: 'RuleName', Value: { Ref: rule } }];

/** `Ref` of a rule on another bus is the bus and the rule, so the rule is named. */
const memberRules = ({ accounts }: Settings): readonly RuleDimensions[] =>
  accounts.length === 1
    ? []
    : [
        [
          { Name: 'EventBusName', Value: { Ref: 'MemberBus' } },
          { Name: 'RuleName', Value: stackNames('${sls:stage}').memberEventsRule },
        ],
      ];

/** EventBridge sends these metrics only if they are not zero. SUM adds those that exist; a `+` would need all of them. */
const sumOfRules = (MetricName: string, rules: readonly RuleDimensions[]) => ({
  Metrics: [
    { Id: 'total', Label: MetricName, Expression: 'SUM(METRICS())', ReturnData: true },
    ...rules.map((Dimensions, index) => ({
      Id: `rule${index}`,
      MetricStat: {
        Metric: { Namespace: 'AWS/Events', MetricName, Dimensions },
        Period: 300,
        Stat: 'Sum',
      },
      ReturnData: false,
    })),
  ],
});
const totalAbove = (Threshold: number) => ({
  EvaluationPeriods: 1,
  Threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
});

interface Sensitivity {
  readonly minutes?: number;
  readonly periods?: number;
  readonly missing?: 'notBreaching' | 'ignore';
}

/** Rings after `minutes` times `periods` above the threshold; `missing` is how missing data counts. */
const above = (
  Threshold: number,
  Statistic: 'Maximum' | 'Minimum' | 'Sum',
  { minutes = 5, periods = 1, missing = 'notBreaching' }: Sensitivity = {},
) => ({
  Statistic,
  Period: minutes * 60,
  EvaluationPeriods: periods,
  Threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: missing,
});
