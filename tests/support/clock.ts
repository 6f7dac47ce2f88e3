import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../shared/ports.ts';

/** Real time: pauses are real. */
export const wallClock: Clock = {
  now: () => new Date(),
  pause: (milliseconds, signal) =>
    setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
};
