import fc from 'fast-check';
import { maxRevocations, mode, step } from './arbitraries.ts';
import { accounts } from './by-hand.ts';
import { settleAndJudge } from './judge.ts';
import { perform } from './noise.ts';
import { type NoisyCloud, noisyCloud } from './noisy-cloud.ts';
import { type Step, takeStep } from './steps.ts';
import { stepText } from './text.ts';

const command = (one: Step): fc.AsyncCommand<object, NoisyCloud> => ({
  check: () => true,
  run: async (_, cloud) => {
    await takeStep(cloud, one);
    if (cloud.trespasses.length > 0) throw new Error(cloud.trespasses.join('\n'));
  },
  toString: () => stepText(one),
});

/** Half of the histories begin with access that is in use. */
const bindFirst = async (cloud: NoisyCloud): Promise<void> => {
  for (const [index, roleName] of ['reports', 'app.a'].entries())
    perform(cloud, {
      kind: 'tags',
      roleName,
      asks: accounts
        .slice(index)
        .map((email, at) => ({ grant: at === 0 ? 'default' : 'night', email }))
        .slice(0, 2),
      told: 1,
    });
  await takeStep(cloud, { kind: 'quiet', isSwept: true });
};

export interface ModelReport {
  readonly runs: number;
  readonly steps: number;
  /** Runs in which no binding waited for the sweep. */
  readonly early: number;
  /** How many runs contained an act, by its name. */
  readonly acts: ReadonlyMap<string, number>;
}

/**
 * Random histories against the model of what access should be; throws with seed, path and the shortest history that
 * fails. https://fast-check.dev/docs/advanced/model-based-testing/
 */
export const checkModel = async (runs: number, seed?: number): Promise<ModelReport> => {
  let [steps, early] = [0, 0];
  const acts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      maxRevocations,
      mode,
      fc.boolean(),
      fc.commands([step.map(command)], { maxCommands: 20, size: 'max' }),
      async (limit, applyMode, isBound, commands) => {
        const cloud = noisyCloud(limit, applyMode);
        if (isBound) await bindFirst(cloud);
        await fc.asyncModelRun(() => ({ model: {}, real: cloud }), commands);
        steps += [...commands].length;
        const { waiting, wrong } = await settleAndJudge(cloud);
        if (waiting === 0) early += 1;
        const given = [...cloud.googleState.given].map((name) => `Google's answer: ${name}`);
        for (const name of [`mode ${applyMode}`, ...cloud.acts, ...given])
          acts.set(name, (acts.get(name) ?? 0) + 1);
        if (wrong.length > 0) throw new Error(wrong.join('\n'));
      },
    ),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
  return { runs, steps, early, acts };
};
