import fc from 'fast-check';
import { hasStatuses, maxRevocations, mode, stepIn } from './arbitraries.ts';
import { type AwsAccounts, accounts, oneAccount, threeAccounts } from './by-hand.ts';
import { settleAndJudge } from './judge.ts';
import { perform } from './noise.ts';
import { type NoisyCloud, noisyCloud } from './noisy-cloud.ts';
import { type Step, takeStep } from './steps.ts';
import { directTargets } from './targets.ts';
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
const bindFirst = async (cloud: NoisyCloud, { refs }: AwsAccounts): Promise<void> => {
  for (const [index, role] of refs.filter(({ roleName }) => roleName === roleName.toLowerCase()).entries())
    perform(cloud, {
      kind: 'tags',
      role,
      asks: [
        { grant: 'default', target: accounts[index % 2] ?? '' },
        { grant: 'night', target: directTargets[index % directTargets.length] ?? '' },
      ],
      deliveries: 1,
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
 * fails. `estates`: the AWS accounts that the histories are about, in equal shares.
 * https://fast-check.dev/docs/advanced/model-based-testing/
 */
export const checkModel = async (
  runs: number,
  seed?: number,
  estates: readonly AwsAccounts[] = [oneAccount, threeAccounts],
): Promise<ModelReport> => {
  const reports: ModelReport[] = [];
  for (const within of estates)
    reports.push(await checkWithin(within, Math.ceil(runs / estates.length), seed));
  const acts = new Map<string, number>();
  for (const [name, count] of reports.flatMap((report) => [...report.acts]))
    acts.set(name, (acts.get(name) ?? 0) + count);
  const sum = (of: (report: ModelReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    runs: sum((one) => one.runs),
    steps: sum((one) => one.steps),
    early: sum((one) => one.early),
    acts,
  };
};

const checkWithin = async (within: AwsAccounts, runs: number, seed?: number): Promise<ModelReport> => {
  let [steps, early] = [0, 0];
  const acts = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      maxRevocations,
      mode,
      fc.boolean(),
      hasStatuses,
      fc.commands([stepIn(within).map(command)], { maxCommands: 20, size: 'max' }),
      async (limit, applyMode, isBound, withStatuses, commands) => {
        const cloud = noisyCloud(limit, applyMode, within.members[0], withStatuses);
        if (isBound) await bindFirst(cloud, within);
        await fc.asyncModelRun(() => ({ model: {}, real: cloud }), commands);
        steps += [...commands].length;
        const { waiting, wrong } = await settleAndJudge(cloud);
        if (waiting === 0) early += 1;
        const given = [...cloud.googleState.given].map((name) => `Google's answer: ${name}`);
        for (const name of [
          `mode ${applyMode}`,
          ...(cloud.intent.hasStatuses === true ? ['statuses in the end'] : []),
          `AWS accounts: ${within.ids.length}`,
          ...cloud.acts,
          ...given,
        ])
          acts.set(name, (acts.get(name) ?? 0) + 1);
        if (wrong.length > 0) throw new Error(wrong.join('\n'));
      },
    ),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
  return { runs, steps, early, acts };
};
