import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../shared/ports.ts';

interface Pending {
  readonly at: number;
  readonly end: () => void;
}

/** Turns of the event loop after which only pauses are left to wait for: the worlds in memory answer immediately. */
const idleTurns = 20;
/** Rounds of these without a pause after which nothing can end the work any more. */
const mostRounds = 20_000;

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
  /** Advances time until the work has ended. Returns its result, and the milliseconds that passed. */
  const passUntil = async <T>(work: Promise<T>): Promise<{ result: T; milliseconds: number }> => {
    const state = { isDone: false };
    const ended = work.finally(() => {
      state.isDone = true;
    });
    ended.catch(() => undefined);
    for (let rounds = 0; !state.isDone; rounds += 1) {
      if (rounds === mostRounds) throw new Error('The work waits for something, and no pause can end it.');
      for (let turn = 0; turn < idleTurns && !state.isDone; turn += 1) await setImmediate();
      const [next] = [...pauses].toSorted((a, b) => a.at - b.at);
      if (state.isDone || next === undefined) continue;
      rounds = 0;
      pauses.delete(next);
      now = Math.max(now, next.at);
      next.end();
    }
    return { result: await ended, milliseconds: now - from.getTime() };
  };
  return { clock, passUntil };
};
