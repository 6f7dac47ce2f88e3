import { type Failure, PermanentError } from '../core/errors.ts';
import type { Timestamp } from '../core/model.ts';
import { dayMilliseconds, dayOf, timeOf } from './time.ts';

/** The last authentication of a key or a service account, as Policy Analyzer observed it. */
export type Use =
  | ({ readonly kind: 'seen'; readonly at: Timestamp } & Period)
  /** Observed, and not used in the whole period. */
  | ({ readonly kind: 'notSeen' } & Period)
  | NoData
  | Unread;

interface Period {
  readonly from: Timestamp;
  /** A day or two ago: later use is not known yet. */
  readonly until: Timestamp;
}

/** Policy Analyzer answered, and its answer says nothing about the use. */
interface NoData {
  readonly kind: 'noData';
  readonly reason: string;
}

/** Policy Analyzer did not answer: its API is not enabled, the caller lacks the permission, or something else failed. */
export interface Unread {
  readonly kind: 'notEnabled' | 'notPermitted' | 'unreadable';
  readonly reason: string;
}

/** The times of one activity, as they came. */
export interface RawActivity {
  readonly startTime: unknown;
  readonly endTime: unknown;
  readonly lastAuthenticatedTime: unknown;
}

/**
 * Reads the activities of one key or service account. Anything odd, also in one of several, counts as missing data: it never looks like
 * "not used".
 */
export const useOf = (activities: readonly RawActivity[], now: Date): Use => {
  const uses = activities.map((activity) => useOfOne(activity, now));
  const odd = uses.find(({ kind }) => kind === 'noData');
  if (odd !== undefined) return odd;
  const [first, ...others] = uses;
  if (first === undefined) return noData('Policy Analyzer has no record of it: it was never observed.');
  if (others.length === 0) return first;
  const [latest] = [first, ...others]
    .filter((use) => use.kind === 'seen')
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return latest ?? noData('Policy Analyzer has several records of it that do not agree.');
};

const useOfOne = ({ startTime, endTime, lastAuthenticatedTime }: RawActivity, now: Date): Use => {
  const [from, until] = [timeOf(startTime), timeOf(endTime)];
  if (from === undefined || until === undefined || Date.parse(from) >= Date.parse(until))
    return noData('Policy Analyzer does not name the period that it observed.');
  const age = now.getTime() - Date.parse(until);
  if (age < -dayMilliseconds)
    return noData(`Policy Analyzer's data ends on ${dayOf(until)}, which is in the future.`);
  if (age > longestLagDays * dayMilliseconds)
    return noData(`Policy Analyzer's newest data is of ${dayOf(until)}: later use is not known.`);
  if (lastAuthenticatedTime === undefined || lastAuthenticatedTime === null)
    return { kind: 'notSeen', from, until };
  const at = timeOf(lastAuthenticatedTime);
  if (at === undefined) return noData('Policy Analyzer names a last use that is not a time.');
  if (Date.parse(from) - Date.parse(at) > dayMilliseconds)
    return noData(
      `Policy Analyzer names a last use (${dayOf(at)}) before the start of its data (${dayOf(from)}).`,
    );
  return Date.parse(at) - Date.parse(until) > dayMilliseconds
    ? noData(`Policy Analyzer names a last use (${dayOf(at)}) after the end of its data (${dayOf(until)}).`)
    : { kind: 'seen', at, from, until };
};

const noData = (reason: string): NoData => ({ kind: 'noData', reason });

/** Policy Analyzer is a day or two behind. We allow for a week. */
const longestLagDays = 7;

/** The three ways in which an answer can be missing. */
export const unreadBecause = (failure: Failure): Unread => ({
  kind: kindOf(failure),
  reason: failure.message,
});

const kindOf = (failure: Failure): Unread['kind'] => {
  const because = failure instanceof PermanentError ? failure.because : undefined;
  if (because === 'serviceDisabled') return 'notEnabled';
  return because === 'notPermitted' ? 'notPermitted' : 'unreadable';
};
