import type { Clock } from '../ports.ts';

/** Waits until another call may start. */
export type Pace = () => Promise<void>;

interface Rate {
  readonly calls: number;
  readonly inMilliseconds: number;
}

/** Lets calls through until a period has its number of them, and then each when the one that many before it is old enough. */
export const pacedBy = (clock: Clock, { calls, inMilliseconds }: Rate): Pace => {
  const startedAt: number[] = [];
  return async () => {
    const earlier = startedAt.length < calls ? undefined : startedAt.shift();
    const waitMilliseconds = earlier === undefined ? 0 : earlier + inMilliseconds - clock.now().getTime();
    if (waitMilliseconds > 0) await clock.pause(waitMilliseconds);
    startedAt.push(clock.now().getTime());
  };
};

/**
 * Writes to pools and providers: 60 a minute and project (https://cloud.google.com/iam/quotas). One second more, because the
 * requests do not all take equally long to reach Google.
 */
export const poolWrites: Rate = { calls: 60, inMilliseconds: 61_000 };

/** How long that many writes wait, at least: the first ones of a minute do not. */
export const minutesFor = (writes: number): number => Math.floor(Math.max(0, writes - 1) / poolWrites.calls);
