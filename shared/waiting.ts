import type { Clock } from './ports.ts';

export interface RetryOptions {
  readonly clock: Pick<Clock, 'pause'>;
  /** Includes the first one. */
  readonly attempts: number;
  /** The pause after this number of failures. */
  readonly pauseMilliseconds: (failures: number) => number;
  /** Whether another attempt may help. Called only if an attempt is left. */
  readonly isRetryable: (thrown: unknown) => boolean;
  /** Ends the pauses and the attempts. */
  readonly signal?: AbortSignal;
}

/**
 * Makes attempts until one succeeds, none is left, or the signal aborts. It waits by the caller's clock, so that tests need
 * no timers (docs/dependencies.md, exponential-backoff). @throws the failure of the last attempt
 */
export const retry = async <T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> => {
  const { clock, attempts, pauseMilliseconds, isRetryable, signal } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      if (failures >= attempts || isAborted(signal) || !isRetryable(thrown)) throw thrown;
      await clock.pause(pauseMilliseconds(failures)).catch((reason: unknown) => {
        if (!isAborted(signal)) throw reason;
      });
      if (isAborted(signal)) throw thrown;
    }
  }
};

/** Read again after each pause: the signal may have aborted in the meantime. */
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

export interface Jitter {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Full jitter: any time up to the first pause, then up to twice as long each time, within the longest. */
export const fullJitter =
  ({ firstMilliseconds, longestMilliseconds, random = () => Math.random() }: Jitter) =>
  (failures: number): number =>
    random() * Math.min(longestMilliseconds, firstMilliseconds * 2 ** (failures - 1));

/** Waits at most this long for an answer, then throws `late()`. What still runs then may end later, and is not waited for. */
export const withinDeadline = async <T>(
  clock: Pick<Clock, 'pause'>,
  milliseconds: number,
  late: () => Error,
  run: () => Promise<T>,
): Promise<T> => {
  const answered = new AbortController();
  const deadline = async (): Promise<never> => {
    await clock.pause(milliseconds, answered.signal);
    throw late();
  };
  try {
    return await Promise.race([run(), deadline()]);
  } finally {
    answered.abort();
  }
};
