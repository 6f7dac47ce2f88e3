import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

/** A pause ends when the signal aborts. */
export const clockUntil = (signal?: AbortSignal): Clock => ({
  now: () => new Date(),
  pause: (milliseconds) => setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
});
