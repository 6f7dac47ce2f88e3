import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { titleOf } from './describe-step.ts';
import { mayBeTooEarly, perform } from './perform.ts';
import type { SetupPorts } from './ports.ts';
import type { SetupPlan, SetupStep } from './step.ts';

/** What became of a plan: the steps that are done, the one that was being done, and those that are not. */
export interface Applied {
  readonly done: readonly SetupStep[];
  readonly failed?: { readonly step: SetupStep; readonly error: Failure };
  readonly notDone: readonly SetupStep[];
}

export interface Reporter {
  /** Shows that a step goes on. */
  readonly during: (step: SetupStep, work: () => Promise<void>) => Promise<void>;
  readonly done: (step: SetupStep) => void;
  /** Google does not know yet what was made before; the step is tried again. */
  readonly waiting: (step: SetupStep, error: Failure) => void;
}

/**
 * Does the steps in their order, until one fails or the person does not want to go on. Nothing is thrown: doing it again
 * goes on from where this ended, since what is done is not planned again.
 */
export const applySetup = async (
  ports: SetupPorts,
  steps: readonly SetupStep[],
  look: () => Promise<SetupPlan>,
  reporter: Reporter,
): Promise<Applied> => {
  const done: SetupStep[] = [];
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index);
    if (ports.signal.aborted) return { done, notDone: rest };
    try {
      await reporter.during(step, async () => {
        try {
          await patiently(ports, step, reporter);
        } catch (thrown) {
          if (!(await isDoneAllTheSame(thrown, step, look))) throw thrown;
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

/** Something that was just made is known everywhere within a minute, as a rule. */
const pauses = [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000];

const patiently = async (ports: SetupPorts, step: SetupStep, reporter: Reporter): Promise<void> => {
  for (const pause of pauses) {
    try {
      return await perform(ports, step);
    } catch (thrown) {
      if (!mayBeTooEarly(thrown)) throw thrown;
      reporter.waiting(step, toFailure(thrown));
      await ports.clock.pause(pause);
    }
  }
  return perform(ports, step);
};

/** An earlier try, or somebody else, may have done it: what is there says so. */
const isDoneAllTheSame = async (
  thrown: unknown,
  one: SetupStep,
  look: () => Promise<SetupPlan>,
): Promise<boolean> => {
  if (!(thrown instanceof PermanentError) || thrown.because !== 'conflict') return false;
  const { steps, refusals } = await look();
  return refusals.length === 0 && !steps.some((step) => titleOf(step) === titleOf(one));
};
