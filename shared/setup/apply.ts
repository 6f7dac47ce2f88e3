import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { retry } from '../retry.ts';
import { titleOf } from './describe-step.ts';
import { isTooEarly, performStep } from './perform.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupPlan, SetupStep } from './step.ts';

/** The result of applying a plan. A step that failed may have been done in part. */
export interface Applied {
  readonly done: readonly SetupStep[];
  readonly failed?: { readonly step: SetupStep; readonly error: Failure };
  readonly notDone: readonly SetupStep[];
}

export interface Reporter {
  /** Shows progress while a step runs. */
  readonly during: (step: SetupStep, work: () => Promise<void>) => Promise<void>;
  readonly done: (step: SetupStep) => void;
  /** Google does not know a new resource everywhere yet, so the step is retried. */
  readonly waiting: (step: SetupStep, error: Failure) => void;
}

/**
 * Does the steps in order until one fails or the person interrupts. Throws nothing. A second run continues where this one
 * ended, because a step that is done is not planned again.
 */
export const applySetup = async (
  ports: SetupPorts,
  steps: readonly SetupStep[],
  replan: () => Promise<SetupPlan>,
  reporter: Reporter,
): Promise<Applied> => {
  const done: SetupStep[] = [];
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index);
    if (ports.signal.aborted) return { done, notDone: rest };
    try {
      await reporter.during(step, async () => {
        try {
          await performWithRetries(ports, step, reporter);
        } catch (thrown) {
          if (!(await isAlreadyDone(thrown, step, replan))) throw thrown;
        }
      });
    } catch (thrown) {
      return { done, failed: { step, error: toFailure(thrown) }, notDone: rest.slice(1) };
    }
    done.push(step);
    reporter.done(step);
  }
  return { done, notDone: [] };
};

/** Usually, Google knows a new resource everywhere within a minute. */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000];

const performWithRetries = (ports: SetupPorts, step: SetupStep, reporter: Reporter): Promise<void> =>
  retry(
    {
      clock: ports.clock,
      attempts: pausesMs.length + 1,
      pauseMilliseconds: (failures) => pausesMs[failures - 1] ?? 0,
      isRetryable: (thrown) => {
        if (!isTooEarly(thrown)) return false;
        reporter.waiting(step, toFailure(thrown));
        return true;
      },
    },
    () => performStep(ports, step),
  );

/** An earlier attempt, or someone else, may have done the step: then a new plan lacks it. */
const isAlreadyDone = async (
  thrown: unknown,
  failedStep: SetupStep,
  replan: () => Promise<SetupPlan>,
): Promise<boolean> => {
  if (!(thrown instanceof PermanentError) || thrown.because !== 'conflict') return false;
  const { steps, refusals } = await replan();
  return refusals.length === 0 && !steps.some((step) => titleOf(step) === titleOf(failedStep));
};
