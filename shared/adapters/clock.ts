import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

/** A pause ends when the signal aborts. */
export const clockUntil = (signal?: AbortSignal): Clock => ({
  now: () => new Date(),
  pause: (milliseconds, ownSignal) => {
    const signals = [signal, ownSignal].filter((one) => one !== undefined);
    return setTimeout(
      milliseconds,
      undefined,
      signals.length === 0 ? {} : { signal: AbortSignal.any(signals) },
    );
  },
});
