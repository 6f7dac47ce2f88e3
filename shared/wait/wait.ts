import { RetryableError, toFailure } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import type { Judgment } from './judge.ts';

export interface WaitOptions {
  readonly clock: Clock;
  /** 0: look only once. */
  readonly timeoutMilliseconds: number;
  /** Called for each look that found something missing. */
  readonly onMissing?: (missing: readonly string[]) => void;
}

/** The last judgment, and how long it took. A `waiting` one means that the time is up. */
export interface Waited {
  readonly judgment: Judgment;
  readonly seconds: number;
}

/** Each look makes some ten calls. A binding takes Google minutes, so later looks may be rarer. */
const firstPauseMilliseconds = 2_000;
const longestPauseMilliseconds = 15_000;

/** IAM's reads lag behind a tag by seconds, so a missing tag or role counts only if it is still missing then. */
const lagMilliseconds = 15_000;

/**
 * Looks until the access is there, will not come, or the time is up. The clock's signal ends a pause.
 * @throws PermanentError if something may not be read at all
 */
export const wait = async (
  look: () => Promise<Judgment>,
  { clock, timeoutMilliseconds, onMissing }: WaitOptions,
): Promise<Waited> => {
  const startedAt = clock.now().getTime();
  for (let looks = 0; ; looks += 1) {
    const judgment = await judgmentOf(look);
    const passed = clock.now().getTime() - startedAt;
    const mayLag = judgment.kind === 'refused' && judgment.isLagging === true && passed < lagMilliseconds;
    const isEnd = judgment.kind !== 'waiting' && !mayLag;
    if (isEnd || passed >= timeoutMilliseconds) return { judgment, seconds: Math.round(passed / 1000) };
    onMissing?.(judgment.kind === 'waiting' ? judgment.missing : [judgment.reason]);
    const pause = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** looks);
    await clock.pause(Math.min(pause, timeoutMilliseconds - passed));
  }
};

/** Anything that cannot be read for now is missing, never there. */
const judgmentOf = async (look: () => Promise<Judgment>): Promise<Judgment> => {
  try {
    return await look();
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (!(failure instanceof RetryableError)) throw failure;
    return { kind: 'waiting', missing: [`Could not be read: ${failure.message}`] };
  }
};
