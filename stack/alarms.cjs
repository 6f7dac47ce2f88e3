/** Every alarm has a runbook under its name in docs/operations.md; tests/stack/runbooks.test.ts compares the two. */
const overdue = require('./overdue.cjs');
const notifications = require('./notifications.cjs');
const settings = require('./settings.cjs');

const name = '${self:custom.name}';

/** A metric of ours; the dimension is POWERTOOLS_SERVICE_NAME. */
const own = (MetricName) => ({
  Namespace: 'rolebridge',
  MetricName,
  Dimensions: [{ Name: 'service', Value: name }],
});
const ofQueue = (MetricName, queue) => ({
  Namespace: 'AWS/SQS',
  MetricName,
  Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
});
const ofFunction = (MetricName, functionResource) => ({
  Namespace: 'AWS/Lambda',
  MetricName,
  Dimensions: [{ Name: 'FunctionName', Value: { Ref: functionResource } }],
});

/** Rules of the default bus have one dimension: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
const ofRule = (MetricName, rule) => ({
  Namespace: 'AWS/Events',
  MetricName,
  Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }],
});
/** EventBridge sends these only if they are not zero. SUM takes what is there; a `+` would need all of them. */
const sumOfRules = (MetricName, rules) => ({
  Metrics: [
    { Id: 'total', Label: MetricName, Expression: 'SUM(METRICS())', ReturnData: true },
    ...rules.map((rule, index) => ({
      Id: `rule${index}`,
      MetricStat: { Metric: ofRule(MetricName, rule), Period: 300, Stat: 'Sum' },
      ReturnData: false,
    })),
  ],
});
const totalAbove = (Threshold) => ({
  EvaluationPeriods: 1,
  Threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
});
const rulesToQueue = ['RoleEventsRule', 'DriftRule'];
/** `serverless` gives the rule of the schedule its name. */
const scheduleRule = 'SweepEventsRuleSchedule1';

/** `minutes` times `periods` is how long it must be so; `missing` is what no data means. */
const above = (Threshold, Statistic, { minutes = 5, periods = 1, missing = 'notBreaching' } = {}) => ({
  Statistic,
  Period: minutes * 60,
  EvaluationPeriods: periods,
  Threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: missing,
});

const alarm = (suffix, description, metric, condition) => {
  const topic = notifications.topic();
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${name}-${suffix}`,
      AlarmDescription: `${description} Runbook: docs/operations.md.`,
      ...metric,
      ...condition,
      ...(topic === undefined ? {} : { AlarmActions: [topic], OKActions: [topic] }),
    },
  };
};

const sweepOverdue = () => {
  const window = overdue(settings().sweep.schedule);
  return window === undefined
    ? {}
    : {
        SweepOverdueAlarm: alarm(
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

const alarms = () => ({
  DeadLetterAlarm: alarm(
    'dead-letter-queue-not-empty',
    'A role could not be reconciled in 8 tries, or an event not delivered. Access may not be what tags say.',
    ofQueue('ApproximateNumberOfMessagesVisible', 'ReconcileDeadLetterQueue'),
    above(0, 'Maximum'),
  ),
  OldMessagesAlarm: alarm(
    'messages-too-old',
    'A role event has waited for more than 15 minutes.',
    ofQueue('ApproximateAgeOfOldestMessage', 'ReconcileQueue'),
    above(900, 'Maximum'),
  ),
  UndeliveredEventsAlarm: alarm(
    'events-undelivered',
    'EventBridge could not deliver an event to a target of this stack.',
    sumOfRules('FailedInvocations', [...rulesToQueue, scheduleRule, ...notifications.ruleNames()]),
    totalAbove(0),
  ),
  LostEventsAlarm: alarm(
    'events-lost',
    'EventBridge could neither deliver an event nor keep it in the dead-letter queue.',
    sumOfRules('InvocationsFailedToBeSentToDlq', rulesToQueue),
    totalAbove(0),
  ),
  // RecursiveLoop is Allow in serverless.yml, so it rings only if someone has changed that by hand.
  RecursionStoppedAlarm: alarm(
    'reconcile-recursion-stopped',
    'Lambda takes messages that reconcile sends to itself for a loop, and has dropped some.',
    ofFunction('RecursiveInvocationsDropped', 'ReconcileLambdaFunction'),
    above(0, 'Sum'),
  ),
  // One killed function heals itself: its messages come back.
  ReconcileErrorsAlarm: alarm(
    'reconcile-failed',
    'Reconcile ended in an error again and again, so role events are not worked on.',
    ofFunction('Errors', 'ReconcileLambdaFunction'),
    above(2, 'Sum', { minutes: 15 }),
  ),
  ReconcileThrottlesAlarm: alarm(
    'reconcile-throttled',
    'Lambda has kept reconcile from running for 15 minutes, so role events wait.',
    ofFunction('Throttles', 'ReconcileLambdaFunction'),
    above(0, 'Sum', { periods: 3 }),
  ),
  SweepErrorsAlarm: alarm(
    'sweep-failed',
    'The sweep ended in an error, so drift is not found. Its log says why.',
    ofFunction('Errors', 'SweepLambdaFunction'),
    above(0, 'Sum'),
  ),
  SweepThrottlesAlarm: alarm(
    'sweep-throttled',
    'Lambda has kept the sweep from running, so it is late.',
    ofFunction('Throttles', 'SweepLambdaFunction'),
    above(0, 'Sum'),
  ),
  ...sweepOverdue(),
  SweepBlindSpotsAlarm: alarm(
    'sweep-blind-spots',
    'No sweep of two hours could see everything, so drift may stay unseen.',
    own('SweepBlindSpots'),
    above(0, 'Minimum', { minutes: 120, missing: 'ignore' }),
  ),
  PoolOwnerAlarm: alarm(
    'pool-not-ours',
    "The pool's marker names another owner or none, or cannot be read, so not everything is repaired.",
    own('PoolNotOurs'),
    above(0, 'Maximum', { missing: 'ignore' }),
  ),
  EmptiedTableAlarm: alarm(
    'ledger-emptied',
    'Someone emptied the ledger, so what only earlier configurations named may be forgotten.',
    own('TableEmptied'),
    above(0, 'Maximum', { missing: 'ignore' }),
  ),
  // One for all AWS accounts, of which there may be a thousand.
  BrakeAlarm: alarm(
    'revocations-held',
    'In an AWS account the sweep would end more access than sweep.maxRevocations, so it ends none there. The event and the metric RevocationsHeldInAccount name it.',
    own('RevocationsHeld'),
    above(0, 'Maximum', { missing: 'ignore' }),
  ),
  RefusalsAlarm: alarm(
    'many-refusals',
    'More than 10 requests were refused within 15 minutes.',
    own('Refused'),
    above(10, 'Sum', { minutes: 15 }),
  ),
  // Of grants and revocations, whole or in part; what will be tried again is not among it.
  FailuresAlarm: alarm(
    'outcomes-failed',
    'Access that is allowed could not be given, or its config not published, or access could not be removed.',
    own('Failed'),
    above(0, 'Sum', { minutes: 15 }),
  ),
  // Google takes 1,500 (shared/core/iam-policy.ts). The metric comes with each sweep.
  FullPolicyAlarm: alarm(
    'policy-nearly-full',
    'An allow policy holds 1,200 principals or more of the 1,500 that Google takes.',
    own('PolicyPrincipals'),
    above(1199, 'Maximum', { missing: 'ignore' }),
  ),
});

module.exports.resources = () => ({ Resources: alarms() });
module.exports.names = () => Object.values(alarms()).map(({ Properties }) => Properties.AlarmName);
