import type { GoogleWorld } from './google/world.ts';

/** Keys as they lie around: one that no one has used for a year, one in daily use, and one that Google found in public. */
export const addSampleKeys = (
  { keys, activities }: Pick<GoogleWorld, 'keys' | 'activities'>,
  { reader, writer }: { readonly reader: string; readonly writer: string },
  now: Date,
): void => {
  // Policy Analyzer's days begin at 07:00 UTC, and its data is a day or two old.
  const daysAgo = (days: number): string =>
    `${new Date(now.getTime() - days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)}T07:00:00Z`;
  const observationPeriod = { startTime: daysAgo(366), endTime: daysAgo(2) };
  const unused = keys.add(reader, '0aa1b2c3d4e5f60718293a4b5c6d7e8f90123456');
  const daily = keys.add(writer, '1bb2c3d4e5f60718293a4b5c6d7e8f9012345678');
  const leaked = keys.add(writer, '2cc3d4e5f60718293a4b5c6d7e8f901234567890', {
    extendedStatus: [
      { key: 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED', value: 'github.com/acme/tools' },
    ],
  });
  activities.set(unused, { observationPeriod });
  for (const key of [daily, leaked])
    activities.set(key, { observationPeriod, lastAuthenticatedTime: daysAgo(3) });
  for (const key of [unused, daily]) {
    const [account = ''] = key.split('/keys/');
    activities.set(account, { observationPeriod, lastAuthenticatedTime: daysAgo(3) });
  }
};
