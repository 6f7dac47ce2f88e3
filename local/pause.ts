import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the time has passed or the signal aborts, whichever comes first. */
export const pause = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
};
