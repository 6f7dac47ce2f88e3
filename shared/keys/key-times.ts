import type { Timestamp } from '../core/model.ts';
import type { ServiceAccountKey } from './key.ts';
import { timeOf } from './time.ts';

/** The times of a key, as they came. */
export interface RawKeyTimes {
  readonly keyOrigin?: unknown;
  readonly validAfterTime?: unknown;
  readonly validBeforeTime?: unknown;
}

/** When a key was created and when it expires. A time that cannot be is left out: it never looks like an old key or an expired one. */
export const keyTimes = ({
  keyOrigin,
  validAfterTime,
  validBeforeTime,
}: RawKeyTimes): Pick<ServiceAccountKey, 'createdAt' | 'expiresAt' | 'neverExpires'> => {
  const validAfter = possibleTime(validAfterTime);
  return {
    // Google may know only when the certificate of an uploaded key begins to be valid.
    ...(keyOrigin === 'GOOGLE_PROVIDED' && validAfter !== undefined ? { createdAt: validAfter } : {}),
    ...expiryOf(possibleTime(validBeforeTime), validAfter),
  };
};

/** Google Cloud has no key of an earlier time: a clock that was never set, or an empty field, has. */
const possibleTime = (value: unknown): Timestamp | undefined => {
  const time = timeOf(value);
  return time === undefined || time < '2000-' ? undefined : time;
};

const expiryOf = (
  expiresAt: Timestamp | undefined,
  validAfter: Timestamp | undefined,
): Pick<ServiceAccountKey, 'expiresAt' | 'neverExpires'> => {
  if (expiresAt === undefined) return {};
  // Google writes the last second of the year 9999 for a key that does not expire.
  if (expiresAt.startsWith('9999-')) return { neverExpires: true };
  const isAfter = validAfter === undefined || Date.parse(expiresAt) > Date.parse(validAfter);
  return isAfter ? { expiresAt } : {};
};
