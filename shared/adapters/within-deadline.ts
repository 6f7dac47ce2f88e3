import { setTimeout } from 'node:timers/promises';
import { RetryableError } from '../core/errors.ts';

/** Waits for an answer for so long. What still runs then may end later, and is not waited for. */
export const withinDeadline = async <T>(seconds: number, what: string, run: () => Promise<T>): Promise<T> => {
  const answered = new AbortController();
  const late = async (): Promise<never> => {
    await setTimeout(seconds * 1000, undefined, { signal: answered.signal, ref: false });
    throw new RetryableError(`${what} did not answer within ${seconds} s.`);
  };
  try {
    return await Promise.race([run(), late()]);
  } finally {
    answered.abort();
  }
};
