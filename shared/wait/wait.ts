import { RetryableError, toFailure } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import type { Judgment } from './judge.ts';

export interface WaitOptions {
  readonly clock: Clock;
  /** 0: look only once. */
  readonly timeoutMilliseconds: number;
  /** Ends a look that takes longer than the wait may. It should end the calls of the look, too. */
  readonly deadline: AbortSignal;
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
  { clock, timeoutMilliseconds, deadline, onMissing }: WaitOptions,
): Promise<Waited> => {
  const startedAt = clock.now().getTime();
  for (let looks = 0; ; looks += 1) {
    const judgment = await Promise.race([judgmentOf(look), overdue(clock, deadline)]);
    const passed = clock.now().getTime() - startedAt;
    const mayLag = judgment.kind === 'refused' && judgment.isLagging === true && passed < lagMilliseconds;
    const isEnd = judgment.kind !== 'waiting' && !mayLag;
    if (isEnd || passed >= timeoutMilliseconds || deadline.aborted)
      return { judgment, seconds: secondsIn(passed) };
    onMissing?.(judgment.kind === 'waiting' ? judgment.missing : [judgment.reason]);
    const pause = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** looks);
    await clock.pause(Math.min(pause, timeoutMilliseconds - passed));
    // Another look would have no time for its calls, and its failure would hide what this one found.
    if (deadline.aborted) return { judgment, seconds: secondsIn(clock.now().getTime() - startedAt) };
  }
};

const secondsIn = (milliseconds: number): number => Math.round(milliseconds / 1000);

/** The calls that the deadline ends report what did not answer. Some steps do not end with it, such as a credential process. */
const graceMilliseconds = 2_000;

const overdue = async (clock: Clock, deadline: AbortSignal): Promise<Judgment> => {
  if (!deadline.aborted)
    await new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  await clock.pause(graceMilliseconds);
  return {
    kind: 'waiting',
    missing: [
      'Could not be read: a call had no answer when the time was up, and did not end. A sign-in may be hanging, such as a credential process in the AWS configuration.',
    ],
  };
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
