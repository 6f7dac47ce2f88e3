import type { Metrics } from '@aws-lambda-powertools/metrics';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SweepReport } from '../shared/app/sweep.ts';

/** The part of Powertools that writes metrics. A single metric has dimensions of its own. */
type MetricWriter = Pick<Metrics, 'addMetric'> & {
  readonly singleMetric: () => Pick<Metrics, 'addMetric' | 'addDimension'>;
};

/** Writes the findings of a sweep as metrics. docs/dashboard.md explains each. `hasAccounts`: rolebridge.yml lists several AWS accounts. */
export const writeSweepMetrics = (
  metrics: MetricWriter,
  report: SweepReport,
  { seconds, hasAccounts }: { readonly seconds: number; readonly hasAccounts: boolean },
): void => {
  const { drifts, limits, blindSpots, rolesSeen, fullestPolicy } = report;
  const held = limits.filter(({ kind }) => kind === 'held');
  metrics.addMetric('Drift', MetricUnit.Count, drifts.length);
  metrics.addMetric('RolesSeen', MetricUnit.Count, rolesSeen);
  metrics.addMetric('RevocationsHeld', MetricUnit.Count, held.map((account) => account.held).reduce(sum, 0));
  metrics.addMetric('SweepBlindSpots', MetricUnit.Count, blindSpots.length);
  metrics.addMetric('PoolNotOurs', MetricUnit.Count, report.pool === 'ours' ? 0 : 1);
  metrics.addMetric('TableEmptied', MetricUnit.Count, report.isTableEmptied ? 1 : 0);
  metrics.addMetric('PolicyPrincipals', MetricUnit.Count, fullestPolicy?.principals ?? 0);
  metrics.addMetric('SweepSucceeded', MetricUnit.Count, 1);
  metrics.addMetric('SweepSeconds', MetricUnit.Seconds, seconds);
  writeHeld(metrics, held);
  writeDirectAccess(metrics, report);
  // With one account, these metrics would cost something and say nothing.
  if (hasAccounts) writeAccounts(metrics, report);
};

/**
 * The AWS accounts that a sweep names by metrics, for each of two reasons. Each is a metric that costs money (docs/cost.md),
 * and if more accounts fail, they fail for one common reason.
 */
export const maxNamedAccounts = 20;

const sum = (total: number, one: number): number => total + one;

/** By account: the total shows only that something is held. */
const writeHeld = (metrics: MetricWriter, held: SweepReport['limits']): void => {
  const most = held.toSorted((a, b) => b.held - a.held || (a.accountId < b.accountId ? -1 : 1));
  for (const { accountId, held: count } of most.slice(0, maxNamedAccounts)) {
    const single = metrics.singleMetric();
    single.addDimension('awsAccount', accountId);
    single.addMetric('RevocationsHeldInAccount', MetricUnit.Count, count);
  }
};

/** One metric for each kind of resource that is in use: six at most. */
const writeDirectAccess = (metrics: MetricWriter, { directAccess }: SweepReport): void => {
  for (const [kind, count] of directAccess) {
    const single = metrics.singleMetric();
    single.addDimension('kind', kind);
    single.addMetric('DirectAccess', MetricUnit.Count, count);
  }
};

const writeAccounts = (metrics: MetricWriter, { unreadableAccounts, joining = [] }: SweepReport): void => {
  metrics.addMetric('AccountsUnreadable', MetricUnit.Count, unreadableAccounts.length);
  metrics.addMetric('AccountsJoining', MetricUnit.Count, joining.length);
  for (const accountId of unreadableAccounts.toSorted().slice(0, maxNamedAccounts)) {
    const single = metrics.singleMetric();
    single.addDimension('awsAccount', accountId);
    single.addMetric('AccountUnreadable', MetricUnit.Count, 1);
  }
};
