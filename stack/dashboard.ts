import { resourceKindOf } from '../shared/core/google-resource.ts';
import { fileSites, type Settings } from '../shared/core/settings.ts';
import { stackNames } from '../shared/core/stack.ts';
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

/**
 * The dashboard: one row each for alarms, access, Google, the sweep, the queue and the functions. Several AWS accounts and
 * direct access have rows of their own. docs/dashboard.md explains each graph.
 */
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
    ...directAccess(settings),
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
  ...accountRows(settings),
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
      ...ofMemberRule(settings, 'FailedInvocations', 'InvocationsFailedToBeSentToDlq'),
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

/** One line for each kind of resource that rolebridge.yml grants on. */
const directAccess = (settings: Settings) => {
  const kinds = new Set(fileSites(settings).flatMap(({ resource }) => resourceKindOf(resource) ?? []));
  return kinds.size === 0
    ? []
    : [
        graph(
          'Direct access by kind of resource',
          'Maximum',
          [...kinds].toSorted().map((kind) => [...ownMetric('DirectAccess'), 'kind', kind, { label: kind }]),
        ),
      ];
};

const accountRows = (settings: Settings) =>
  settings.accounts.length === 1
    ? []
    : [
        [
          graph('AWS accounts that could not be read', 'Maximum', [
            ...own('AccountsUnreadable'),
            byAccount('AccountUnreadable'),
          ]),
          graph('Revocations held by AWS account', 'Maximum', [byAccount('RevocationsHeldInAccount')]),
          graph('AWS accounts that are joining', 'Maximum', own('AccountsJoining')),
          graph('Events and copies of other accounts', 'Sum', own('UnlistedSenders', 'OutcomesNotMirrored')),
        ],
        [
          {
            type: 'log',
            properties: {
              title: 'What the sweeps could not read, and what they held',
              region: '${AWS::Region}',
              view: 'table',
              query: [
                `SOURCE '/aws/lambda/${name}-sweep'`,
                // As handlers/sweep.ts logs them. A line about held revocations has no `what`, and its message names the account.
                'filter message = "The sweep could not see everything." or kind = "held"',
                'fields @timestamp, coalesce(what, message) as finding, reason, held',
                // Each sweep logs the same again: once for each finding, so that no account is displaced.
                'stats latest(@timestamp) as lastLogged, latest(reason) as lastReason, latest(held) as lastHeld by finding',
                'sort lastLogged desc',
                'limit 10000',
              ].join(' | '),
            },
          },
        ],
      ];

/** One line for each AWS account that has the metric. */
const byAccount = (metric: string) => [
  {
    expression: `SEARCH('{rolebridge,awsAccount,service} MetricName="${metric}" service="${name}"', 'Maximum', 300)`,
  },
];

const alarmNames = (settings: Settings): readonly string[] =>
  Object.values(alarms(settings)).map(({ Properties }) => String(Properties['AlarmName']));

// By name, so that CloudFormation can create the dashboard before the alarms.
const arnOf = (alarm: string) =>
  `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${alarm}`;

const own = (...metrics: readonly string[]) => metrics.map(ownMetric);
const ownMetric = (metric: string) => ['rolebridge', metric, 'service', name];
const ofQueues = (metric: string) =>
  ['reconcile', 'reconcile-dead'].map((queue) => ['AWS/SQS', metric, 'QueueName', `${name}-${queue}`]);
const ofFunctions = (...metrics: readonly string[]) =>
  metrics.flatMap((metric) =>
    ['reconcile', 'sweep'].map((one) => ['AWS/Lambda', metric, 'FunctionName', `${name}-${one}`]),
  );

const ofRules = (metric: string, ...rules: readonly string[]) =>
  rules.map((rule) => ['AWS/Events', metric, 'RuleName', `${name}-${rule}`]);

/** The rule on the bus for other AWS accounts. */
const ofMemberRule = ({ accounts }: Settings, ...metrics: readonly string[]) => {
  const { memberBus, memberEventsRule } = stackNames('${sls:stage}');
  return accounts.length === 1
    ? []
    : metrics.map((metric) => [
        'AWS/Events',
        metric,
        'EventBusName',
        memberBus,
        'RuleName',
        memberEventsRule,
      ]);
};

type Metric = readonly (string | object)[];

const graph = (title: string, stat: string, metrics: readonly Metric[], more: object = {}) => ({
  type: 'metric',
  properties: { title, stat, metrics, region: '${AWS::Region}', period: 300, view: 'timeSeries', ...more },
});
