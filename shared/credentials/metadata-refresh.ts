const second = 1000;
const minute = 60 * second;

/** AWS's own agents hold new credentials by then (botocore asks from here on, too). */
const leadMilliseconds = 15 * minute;
const longestMilliseconds = 60 * minute;
const shortestMilliseconds = 5 * second;
/** What has no end may still be changed, in a file for one. */
const endlessMilliseconds = 5 * minute;
const longestAfterFailureMilliseconds = 30 * second;

/**
 * How long to hold credentials before asking for newer ones. Towards their end, while the source still answers the same,
 * it is asked at every half of what is left.
 */
export const pauseBeforeRefresh = (expiresAt: Date | undefined, now: Date): number => {
  if (expiresAt === undefined) return endlessMilliseconds;
  const left = expiresAt.getTime() - now.getTime();
  const pause = Math.max(left - leadMilliseconds, left / 2);
  return Math.min(longestMilliseconds, Math.max(shortestMilliseconds, pause));
};

/** 0.5 to 1 s after the first failure, then twice as long each time, up to half a minute. `random` is from 0 to 1. */
export const pauseAfterFailure = (failures: number, random: number): number =>
  Math.min(longestAfterFailureMilliseconds, second * 2 ** (failures - 1)) * (0.5 + random / 2);
