import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import type { Clock } from '../ports.ts';
import { retry } from '../waiting.ts';
import type { SetupStep } from './step.ts';

/** The result of applying a plan. A step that failed may have been done in part. */
export interface Applied<Step = SetupStep> {
  readonly done: readonly Step[];
  readonly failed?: { readonly step: Step; readonly error: Failure };
  readonly notDone: readonly Step[];
}

export interface Reporter<Step = SetupStep> {
  /** Shows progress while a step runs. */
  readonly during: (step: Step, work: () => Promise<void>) => Promise<void>;
  /** `position` counts from 1, of all steps. */
  readonly done: (step: Step, position: { readonly at: number; readonly of: number }) => void;
  /** The step is retried, because it came too early. */
  readonly waiting: (step: Step, error: Failure) => void;
}

/** How the steps of a plan are done. */
export interface Work<Step> {
  /** The step in one line, unique in its plan. */
  readonly titleOf: (step: Step) => string;
  /** @throws Failure */
  readonly perform: (step: Step) => Promise<void>;
  /** Google may not know a new resource everywhere yet, or allow no more writes in this minute. */
  readonly isTooEarly: (thrown: unknown) => boolean;
  /** Google's refusals of a step that was done before. A new plan shows whether it was. */
  readonly doneBefore: readonly PermanentError['because'][];
  readonly replan: () => Promise<{ readonly steps: readonly Step[]; readonly refusals: readonly string[] }>;
}

/**
 * Does the steps in order until one fails or the person interrupts. Throws nothing. A second run continues where this one
 * ended, because a step that is done is not planned again.
 */
export const applySteps = async <Step>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  steps: readonly Step[],
  work: Work<Step>,
  reporter: Reporter<Step>,
): Promise<Applied<Step>> => {
  const done: Step[] = [];
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index);
    if (signal.aborted) return { done, notDone: rest };
    try {
      await reporter.during(step, async () => {
        try {
          await performWithRetries(clock, step, work, reporter);
        } catch (thrown) {
          if (!(await isAlreadyDone(thrown, step, work))) throw thrown;
        }
      });
    } catch (thrown) {
      return { done, failed: { step, error: toFailure(thrown) }, notDone: rest.slice(1) };
    }
    done.push(step);
    reporter.done(step, { at: index + 1, of: steps.length });
  }
  return { done, notDone: [] };
};

/** Usually, Google knows a new resource everywhere within a minute. */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000];

const performWithRetries = <Step>(
  clock: Clock,
  step: Step,
  { perform, isTooEarly }: Work<Step>,
  reporter: Reporter<Step>,
): Promise<void> =>
  retry(
    {
      clock,
      attempts: pausesMs.length + 1,
      pauseMilliseconds: (failures) => pausesMs[failures - 1] ?? 0,
      isRetryable: (thrown) => {
        if (!isTooEarly(thrown)) return false;
        reporter.waiting(step, toFailure(thrown));
        return true;
      },
    },
    () => perform(step),
  );

/** An earlier attempt, or someone else, may have done the step: then a new plan lacks it. */
const isAlreadyDone = async <Step>(
  thrown: unknown,
  failedStep: Step,
  { doneBefore, replan, titleOf }: Work<Step>,
): Promise<boolean> => {
  if (!(thrown instanceof PermanentError) || thrown.because === undefined) return false;
  if (!doneBefore.includes(thrown.because)) return false;
  const { steps, refusals } = await replan();
  return refusals.length === 0 && !steps.some((step) => titleOf(step) === titleOf(failedStep));
};
