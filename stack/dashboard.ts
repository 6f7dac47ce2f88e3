import type { Settings } from '../shared/core/settings.ts';
import { alarms } from './alarms.ts';
import { notificationRules, ruleSuffixes } from './notifications.ts';

const name = '${self:custom.name}';
const rowHeight = 6;
const width = 24;
const limits = {
  annotations: {
    horizontal: [
      { label: 'alarm', value: 1200 },
      { label: "Google's limit", value: 1500 },
    ],
  },
};

/** The dashboard: one row each for alarms, access, Google, the sweep, the queue and the functions. */
export const dashboardResources = (settings: Settings) => ({
  Resources: {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: name,
        DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets: widgets(settings) }) },
      },
    },
  },
});

const widgets = (settings: Settings) =>
  rows(settings).flatMap((row, index) =>
    row.map((widget, column) => ({
      ...widget,
      x: (width / row.length) * column,
      y: rowHeight * index,
      width: width / row.length,
      height: rowHeight,
    })),
  );

const rows = (settings: Settings) => [
  [
    {
      type: 'alarm',
      properties: { title: 'Alarms', alarms: alarmNames(settings).map(arnOf) },
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
      ...ofRules(
        'FailedInvocations',
        'role-events',
        'drift',
        'sweep',
        ...notificationRules(settings).map((rule) => ruleSuffixes[rule]),
      ),
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

const alarmNames = (settings: Settings): readonly string[] =>
  Object.values(alarms(settings)).map(({ Properties }) => String(Properties['AlarmName']));

// By name, so that CloudFormation can create the dashboard before the alarms.
const arnOf = (alarm: string) =>
  `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${alarm}`;

const own = (...metrics: readonly string[]) =>
  metrics.map((metric) => ['rolebridge', metric, 'service', name]);
const ofQueues = (metric: string) =>
  ['reconcile', 'reconcile-dead'].map((queue) => ['AWS/SQS', metric, 'QueueName', `${name}-${queue}`]);
const ofFunctions = (...metrics: readonly string[]) =>
  metrics.flatMap((metric) =>
    ['reconcile', 'sweep'].map((one) => ['AWS/Lambda', metric, 'FunctionName', `${name}-${one}`]),
  );

const ofRules = (metric: string, ...rules: readonly string[]) =>
  rules.map((rule) => ['AWS/Events', metric, 'RuleName', `${name}-${rule}`]);

const graph = (title: string, stat: string, metrics: readonly (readonly string[])[], more: object = {}) => ({
  type: 'metric',
  properties: { title, stat, metrics, region: '${AWS::Region}', period: 300, view: 'timeSeries', ...more },
});
