import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or less where the signal says that the wait is in vain. */
export const pause = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
};
