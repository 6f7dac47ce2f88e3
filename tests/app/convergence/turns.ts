import { setImmediate } from 'node:timers/promises';
import { RetryableError } from '../../../shared/core/errors.ts';
import type { MemoryHooks } from '../../support/memory.ts';

/**
 * The faults that can happen at one port call. To the application, the first five are one RetryableError each: the
 * adapters make it from the real codes, and tests over HTTP cover those. A time-out also aborts all later calls of
 * the invocation. A killed process makes no more calls and gives no answer.
 */
export const faults = [
  'throttle',
  '500',
  '503',
  'reset',
  'timeout',
  'answer lost',
  'killed before',
  'killed after',
] as const;
export type Fault = (typeof faults)[number];

/** One invocation, or one act of someone else, that continues only when its turn comes. */
export interface Actor {
  readonly name: string;
  readonly hooks: MemoryHooks;
  state: 'running' | 'finished' | 'killed';
}

export interface Waiting {
  readonly actor: Actor;
  readonly call: string;
  readonly go: () => void;
}

/** Everything that waits for a turn, in the order of the requests. Exactly one call runs at any moment. */
export interface Turns {
  readonly waiting: Waiting[];
  /** Calls that were begun so far, by any caller. */
  calls: number;
  /** The fault at the call of this number. */
  readonly faultAt: (call: number, actor: Actor) => Fault | undefined;
}

export const newTurns = (faultAt: Turns['faultAt'] = () => undefined): Turns => ({
  waiting: [],
  calls: 0,
  faultAt,
});

const never = (): Promise<never> => new Promise(() => {});

const failure = (fault: Fault, call: string): RetryableError => new RetryableError(`${call}: ${fault}`);

/** Starts something that waits for its turn before every port call. `onEnd` reports whether it died. */
export const startActor = (
  turns: Turns,
  name: string,
  work: (hooks: MemoryHooks) => Promise<void>,
  onKilled: () => void = () => undefined,
): Actor => {
  let isAborted = false;
  let current: Fault | undefined;
  const die = (): Promise<never> => {
    actor.state = 'killed';
    onKilled();
    return never();
  };
  const before = async (call: string): Promise<void> => {
    await new Promise<void>((go) => {
      turns.waiting.push({ actor, call, go });
    });
    if (actor.state === 'killed') return never();
    current = isAborted ? 'timeout' : turns.faultAt(turns.calls, actor);
    turns.calls += 1;
    switch (current) {
      case undefined:
      case 'answer lost':
      case 'killed after':
        return;
      case 'killed before':
        return die();
      case 'timeout':
        isAborted = true;
        throw failure(current, call);
      case 'throttle':
      case '500':
      case '503':
      case 'reset':
        throw failure(current, call);
    }
  };
  const after = async (call: string): Promise<void> => {
    if (current === 'killed after') return die();
    if (current === 'answer lost') throw failure(current, call);
  };
  const actor: Actor = { name, hooks: { before, after }, state: 'running' };
  const live = async () => {
    await work(actor.hooks);
    actor.state = 'finished';
  };
  void live();
  return actor;
};

/** Lets them continue, one call at a time, until nothing is waiting, or `choose` returns that no one may continue. */
export const takeTurns = async (
  turns: Turns,
  choose: (waiting: readonly Waiting[]) => number | undefined = () => 0,
): Promise<void> => {
  for (;;) {
    // The one that has just been answered runs up to its next call.
    await setImmediate();
    const alive = turns.waiting.splice(0).filter(({ actor }) => actor.state === 'running');
    const chosen = alive.length === 0 ? undefined : choose(alive);
    const next = chosen === undefined ? undefined : alive[chosen];
    turns.waiting.push(...alive.filter((one) => one !== next));
    if (next === undefined) return;
    next.go();
  }
};
