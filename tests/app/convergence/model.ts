import fc from 'fast-check';
import { maxRevocations, step } from './arbitraries.ts';
import { type NoisyCloud, noisyCloud } from './noise.ts';
import { type Step, settleAndCompare, takeStep } from './steps.ts';
import { stepText } from './text.ts';

const command = (one: Step): fc.AsyncCommand<object, NoisyCloud> => ({
  check: () => true,
  run: async (_, cloud) => {
    await takeStep(cloud, one);
    if (cloud.trespasses.length > 0) throw new Error(cloud.trespasses.join('\n'));
  },
  toString: () => stepText(one),
});

export interface ModelReport {
  readonly runs: number;
  readonly steps: number;
  /** Runs that agreed with the model before the sweep already. */
  readonly early: number;
}

/**
 * Random histories against the model of what access should be; throws with seed, path and the shortest history that
 * fails. https://fast-check.dev/docs/advanced/model-based-testing/
 */
export const checkModel = async (runs: number, seed?: number): Promise<ModelReport> => {
  let [steps, early] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      maxRevocations,
      fc.commands([step.map(command)], { maxCommands: 20, size: 'max' }),
      async (limit, commands) => {
        const cloud = noisyCloud(limit);
        await fc.asyncModelRun(() => ({ model: {}, real: cloud }), commands);
        steps += [...commands].length;
        const { before, after } = await settleAndCompare(cloud);
        if (before.length === 0) early += 1;
        if (after.length > 0) throw new Error(after.join('\n'));
      },
    ),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
  return { runs, steps, early };
};
