import { withoutToday } from '../core/guardrail.ts';
import type { ReportRow } from './row.ts';

/** Two rows of one access without what changes although no one did anything, so that their difference is worth a look. */
export const comparableRows = (before: ReportRow, after: ReportRow): readonly [ReportRow, ReportRow] => {
  // A request leaves the history that a report reads, and its caller is then no longer known.
  const isForgotten = [before, after].every(isKnownFromLog) && after.requestedBy === undefined;
  const { requestedBy: _, ...others } = before;
  return [comparable(isForgotten ? others : before), comparable(after)];
};

/** The ledger names the requesters of all others. */
const isKnownFromLog = ({ state }: ReportRow): boolean => state === 'refused' || state === 'awaited';

const comparable = ({ rule, reason, ...row }: ReportRow): ReportRow => ({
  ...row,
  // A rule that is written above it moves it.
  ...(rule === undefined ? {} : { rule: rule.replace(/^allow\[\d+\] /, '') }),
  ...(reason === undefined ? {} : { reason: withoutToday(reason) }),
});
