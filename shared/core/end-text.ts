import type { Timestamp } from './model.ts';

/**
 * How people read the end of an access: `until 2026-12-05` ends at 2026-12-06T00:00:00Z, which looks like another day. Undefined
 * for any other time of day.
 */
export const dayEndText = (expiresAt: Timestamp): string | undefined => {
  const midnight = /^\d{4}-\d\d-\d\dT00:00(:00(\.0+)?)?Z$/.test(expiresAt)
    ? Date.parse(expiresAt)
    : Number.NaN;
  if (Number.isNaN(midnight)) return undefined;
  return `end of ${new Date(midnight - 1).toISOString().slice(0, 'YYYY-MM-DD'.length)} (UTC)`;
};
