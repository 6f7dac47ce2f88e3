import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../shared/ports.ts';

interface Pending {
  readonly at: number;
  readonly end: () => void;
}

/** Turns of the event loop after which nothing but a pause is waited for: the worlds in memory answer at once. */
const idleTurns = 20;

/** A clock whose time passes only in pauses, and only while nothing else happens. */
export const virtualClock = (from: Date) => {
  let now = from.getTime();
  const pauses = new Set<Pending>();
  const clock: Clock = {
    now: () => new Date(now),
    pause: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const one = { at: now + milliseconds, end: resolve };
        pauses.add(one);
        signal?.addEventListener('abort', () => {
          pauses.delete(one);
          reject(new Error('The pause was ended.'));
        });
      }),
  };
  /** Passes time until the work has ended. Returns its result, and the milliseconds that passed. */
  const passUntil = async <T>(work: Promise<T>): Promise<{ result: T; milliseconds: number }> => {
    const state = { isDone: false };
    const ended = work.finally(() => {
      state.isDone = true;
    });
    ended.catch(() => undefined);
    while (!state.isDone) {
      for (let turn = 0; turn < idleTurns && !state.isDone; turn += 1) await setImmediate();
      const [next] = [...pauses].toSorted((a, b) => a.at - b.at);
      if (state.isDone || next === undefined) continue;
      pauses.delete(next);
      now = Math.max(now, next.at);
      next.end();
    }
    return { result: await ended, milliseconds: now - from.getTime() };
  };
  return { clock, passUntil };
};
