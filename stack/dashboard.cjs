/** The dashboard: one row each for alarms, access, Google, the sweep, the queue and the functions. */
const alarms = require('./alarms.cjs');
const notifications = require('./notifications.cjs');

const name = '${self:custom.name}';
const rowHeight = 6;
const width = 24;

const own = (...metrics) => metrics.map((metric) => ['rolebridge', metric, 'service', name]);
const ofQueues = (metric) =>
  ['reconcile', 'reconcile-dead'].map((queue) => ['AWS/SQS', metric, 'QueueName', `${name}-${queue}`]);
const ofFunctions = (...metrics) =>
  metrics.flatMap((metric) =>
    ['reconcile', 'sweep'].map((one) => ['AWS/Lambda', metric, 'FunctionName', `${name}-${one}`]),
  );

const ofRules = (metric, ...rules) =>
  rules.map((rule) => ['AWS/Events', metric, 'RuleName', `${name}-${rule}`]);

const graph = (title, stat, metrics, more = {}) => ({
  type: 'metric',
  properties: { title, stat, metrics, region: '${AWS::Region}', period: 300, view: 'timeSeries', ...more },
});
const limits = {
  annotations: {
    horizontal: [
      { label: 'alarm', value: 1200 },
      { label: "Google's limit", value: 1500 },
    ],
  },
};

/** Rules that are there only where rolebridge.yml asks for them. */
const suffixes = {
  NotifyOfOutcomesRule: 'notify-outcomes',
  NotifyOfPartsRule: 'notify-parts',
  NotifyOfTheBrakeRule: 'notify-brake',
};
const notified = () => notifications.ruleNames().map((rule) => suffixes[rule]);

// By name: the dashboard then waits for no alarm.
const arnOf = (alarm) =>
  `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${alarm}`;

const rows = () => [
  [
    {
      type: 'alarm',
      properties: { title: 'Alarms', alarms: alarms.names().map(arnOf) },
    },
  ],
  [
    graph('Outcomes', 'Sum', own('Granted', 'Revoked', 'Refused', 'Failed')),
    graph('From tag to binding (seconds)', 'p90', own('TagToBindSeconds')),
  ],
  [
    graph('Policy writes and conflicts', 'Sum', own('PolicyWrites', 'PolicyConflicts')),
    graph('Principals of the fullest policy', 'Maximum', own('PolicyPrincipals'), limits),
  ],
  [
    graph(
      'What the sweep found',
      'Maximum',
      own('Drift', 'RevocationsHeld', 'SweepBlindSpots', 'PoolNotOurs', 'TableEmptied'),
    ),
    graph('Sweeps that succeeded', 'Sum', own('SweepSucceeded'), { period: 3600 }),
    graph('How long a sweep takes (seconds)', 'Maximum', own('SweepSeconds')),
    graph('Roles seen', 'Maximum', own('RolesSeen')),
  ],
  [
    graph('Messages', 'Maximum', ofQueues('ApproximateNumberOfMessagesVisible')),
    graph('Age of the oldest message (seconds)', 'Maximum', ofQueues('ApproximateAgeOfOldestMessage')),
    graph('Events not delivered', 'Sum', [
      ...ofRules('FailedInvocations', 'role-events', 'drift', 'sweep', ...notified()),
      ...ofRules('InvocationsFailedToBeSentToDlq', 'role-events', 'drift'),
    ]),
  ],
  [
    graph('Invocations', 'Sum', ofFunctions('Invocations')),
    graph('Errors and throttles', 'Sum', [
      ...ofFunctions('Errors', 'Throttles'),
      ['AWS/Lambda', 'RecursiveInvocationsDropped', 'FunctionName', `${name}-reconcile`],
    ]),
    graph('Duration (milliseconds)', 'Maximum', ofFunctions('Duration')),
  ],
];

const widgets = () =>
  rows().flatMap((row, index) =>
    row.map((widget, column) => ({
      ...widget,
      x: (width / row.length) * column,
      y: rowHeight * index,
      width: width / row.length,
      height: rowHeight,
    })),
  );

module.exports.resources = () => ({
  Resources: {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: name,
        DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets: widgets() }) },
      },
    },
  },
});
