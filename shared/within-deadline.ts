import type { Clock } from './ports.ts';

/** Waits for an answer for so long, then throws `late()`. What still runs then may end later, and is not waited for. */
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
