import type { Timestamp } from '../core/model.ts';
import type { ServiceAccountKey } from './key.ts';
import { dayMilliseconds, dayOf, daysBetween } from './time.ts';
import type { Use } from './use.ts';

/** A key, its observed use, and what that may mean. It is evidence, never proof: see docs/keys.md. */
export interface KeyEvidence extends ServiceAccountKey {
  readonly use: Use;
  readonly state: KeyState;
  /** Whole days without use up to the end of Policy Analyzer's data; left out if that is not known. */
  readonly idleDays?: number;
}

/**
 * `expired`, `disabled`: no one can use it. `leaked`: Google reports that others have it or abused it. `replaced`: idle, and federated
 * access may have replaced it. `idle`: not used for the given number of days. `tooEarly`: never seen in use, but not observed for that
 * long. `used`: used within that time. `noData`: Policy Analyzer's answer says nothing about it. `unread`: there is no answer.
 */
export type KeyState =
  | 'expired'
  | 'disabled'
  | 'leaked'
  | 'replaced'
  | 'idle'
  | 'tooEarly'
  | 'used'
  | 'noData'
  | 'unread';

export interface KeyUse {
  readonly key: ServiceAccountKey;
  readonly use: Use;
}

/** The evidence about the service account of the keys. */
export interface AccountUse {
  /** Since when the ledger lists federated access to it; left out if it lists none. */
  readonly grantedSince?: Timestamp;
  readonly use: Use;
}

/** Judges all keys of one service account, in the order of their creation. */
export const judgeKeys = (
  account: AccountUse,
  found: readonly KeyUse[],
  { now, idleDays }: { readonly now: Date; readonly idleDays: number },
): readonly KeyEvidence[] => {
  const keys = found.map(({ key, use }): KeyUse => ({ key, use: sinceCreation(key, use) }));
  const mayBeReplaced = isUsedOtherwise(account, keys);
  return keys
    .map(({ key, use }): KeyEvidence => {
      const idle = idleDaysOf(key, use);
      return {
        ...key,
        use,
        state: inactiveState(key, now) ?? useState(use, idle, idleDays, mayBeReplaced),
        ...(idle === undefined ? {} : { idleDays: idle }),
      };
    })
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
};

/**
 * No key is used before it exists: then one of the two times is wrong. Google names the beginning of the day of a use, so that day may
 * precede the creation.
 */
const sinceCreation = ({ createdAt }: ServiceAccountKey, use: Use): Use => {
  if (use.kind !== 'seen' || createdAt === undefined) return use;
  if (Date.parse(createdAt) - Date.parse(use.at) <= dayMilliseconds) return use;
  const reason = `Policy Analyzer names a last use (${dayOf(use.at)}) before the creation of the key (${dayOf(createdAt)}).`;
  return { kind: 'noData', reason };
};

/**
 * Whether something other than these keys has authenticated as the account since the grant. Policy Analyzer's days begin at
 * 07:00 UTC, so use on one day cannot be ordered: only a later day counts. Its data about keys may end earlier than that about
 * the account: a key that was not observed on the account's day may be what was used.
 */
const isUsedOtherwise = ({ grantedSince, use }: AccountUse, keys: readonly KeyUse[]): boolean => {
  if (grantedSince === undefined || use.kind !== 'seen') return false;
  const at = Date.parse(use.at);
  const observed = Math.min(at + dayMilliseconds, Date.parse(use.until));
  return (
    at > Date.parse(grantedSince) &&
    keys.every((one) => isBefore(one.use, at) && Date.parse(one.use.until) >= observed)
  );
};

const isBefore = (use: Use, at: number): use is Extract<Use, { readonly kind: 'seen' | 'notSeen' }> =>
  use.kind === 'notSeen' || (use.kind === 'seen' && Date.parse(use.at) + dayMilliseconds <= at);

/** A time without use begins with the last use; without one, with the creation of the key or with the observation. */
const idleDaysOf = ({ createdAt }: ServiceAccountKey, use: Use): number | undefined => {
  if (use.kind === 'seen') return Math.max(0, daysBetween(use.at, use.until));
  if (use.kind !== 'notSeen' || createdAt === undefined) return undefined;
  const since = Date.parse(createdAt) > Date.parse(use.from) ? createdAt : use.from;
  return Math.max(0, daysBetween(since, use.until));
};

const inactiveState = (
  { expiresAt, isDisabled, alerts }: ServiceAccountKey,
  now: Date,
): 'expired' | 'disabled' | 'leaked' | undefined => {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) return 'expired';
  if (isDisabled) return 'disabled';
  return alerts.length > 0 ? 'leaked' : undefined;
};

const useState = (
  use: Use,
  idle: number | undefined,
  idleDays: number,
  mayBeReplaced: boolean,
): Exclude<KeyState, 'expired' | 'disabled' | 'leaked'> => {
  if (use.kind === 'noData') return 'noData';
  if (use.kind !== 'seen' && use.kind !== 'notSeen') return 'unread';
  if (idle === undefined) return 'noData';
  if (idle >= idleDays) return mayBeReplaced ? 'replaced' : 'idle';
  return use.kind === 'seen' ? 'used' : 'tooEarly';
};

const sortKey = ({ createdAt = '', id }: ServiceAccountKey): string => `${createdAt} ${id}`;
