import type { Settings } from '../shared/core/settings.ts';
import type { topicOf } from './notifications.ts';
import type { Resource, Resources } from './resource.ts';

const name = '${self:custom.name}';

/**
 * With several AWS accounts: alarms that name the account. Each watches one metric for each account (handlers/sweep-metrics.ts),
 * and notifies for each of them alone. They forget within three hours, so the alarms on all accounts keep the state, and
 * report its end. Why so: docs/adr/0024-many-accounts.md.
 */
export const whichAccountAlarms = ({ accounts }: Settings, topic: ReturnType<typeof topicOf>): Resources =>
  accounts.length === 1
    ? {}
    : {
        WhichAccountUnreadableAlarm: whichAccount(
          'which-account-unreadable',
          'No sweep of two hours could list the roles of the AWS account that this alarm names as awsAccount.',
          'AccountUnreadable',
          { periods: 3, breaching: 2 },
          topic,
        ),
        WhichAccountHeldAlarm: whichAccount(
          'which-account-held',
          'In the AWS account that this alarm names as awsAccount, the sweep would end more access than sweep.maxRevocations.',
          'RevocationsHeldInAccount',
          { periods: 2, breaching: 1 },
          topic,
        ),
      };

/**
 * Shorter than an hour, so that two sweeps of an hourly schedule never share a period. Three of them are 2.5 hours, and a query
 * looks back three: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
const periodSeconds = 3_000;

/** One series for each account that has the metric: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html */
const whichAccount = (
  suffix: string,
  description: string,
  metric: string,
  { periods, breaching }: { readonly periods: number; readonly breaching: number },
  topic: ReturnType<typeof topicOf>,
): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${name}-${suffix}`,
    AlarmDescription: `${description} Runbook: docs/operations.md.`,
    Metrics: [
      {
        Id: 'accounts',
        Expression: `SELECT MAX(${metric}) FROM SCHEMA(rolebridge, awsAccount, service) WHERE service = '${name}' GROUP BY awsAccount ORDER BY MAX() DESC`,
        Period: periodSeconds,
        ReturnData: true,
      },
    ],
    EvaluationPeriods: periods,
    DatapointsToAlarm: breaching,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...(topic === undefined ? {} : { AlarmActions: [topic] }),
  },
});
