import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { stackRegion } from '../../../shared/core/stack.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { titleOf } from '../../../shared/setup/describe-step.ts';
import { prepareSetup } from '../../../shared/setup/setup.ts';
import type { SetupPlan } from '../../../shared/setup/step.ts';
import { stageConflicts } from '../../../shared/stages/stage-conflicts.ts';
import type { CommandRuntime } from '../../runtime.ts';

export interface ReadyOptions {
  readonly stage: string;
  readonly skipsSetup: boolean;
}

/**
 * Checks what would make a deploy fail halfway, or deploy functions that can do nothing. Reports every problem together.
 * @throws PermanentError with the next step for each problem
 */
export const assertReady = async (
  runtime: CommandRuntime,
  settings: Settings,
  { stage, skipsSetup }: ReadyOptions,
): Promise<void> => {
  // In another account, the other answers would mean nothing.
  await runtime.assertAccount(settings);
  const checks = [
    regionProblems(runtime, settings),
    stageProblems(runtime, settings, stage),
    ...(skipsSetup ? [] : [setupProblems(runtime, stage)]),
  ];
  const problems = (await Promise.all(checks.map(orFailure))).flat();
  if (problems.length > 0)
    throw new PermanentError(['Nothing was deployed:', ...problems.map((one) => `  ${one}`)].join('\n'));
};

/** If something cannot be checked, it is a problem, too. */
const orFailure = async (check: Promise<readonly string[]>): Promise<readonly string[]> => {
  try {
    return await check;
  } catch (thrown) {
    return [toFailure(thrown).message];
  }
};

const regionProblems = async (
  { disabledRegions }: CommandRuntime,
  { regions }: Settings,
): Promise<readonly string[]> =>
  (await disabledRegions([...new Set([stackRegion, ...regions])])).map(
    (region) =>
      `The AWS account has not enabled ${region}. Enable it (aws account enable-region --region-name ${region}), or remove it from regions in rolebridge.yml.`,
  );

/** Two stages with the same tags or parameters would revoke each other's access. */
const stageProblems = async (
  runtime: CommandRuntime,
  settings: Settings,
  stage: string,
): Promise<readonly string[]> => {
  const found = await stageConflicts(stage, settings, runtime.deployedStages());
  return found.kind === 'checked'
    ? found.conflicts
    : [`The other stages of the AWS account could not be read: ${found.reason}`];
};

const setupProblems = async (runtime: CommandRuntime, stage: string): Promise<readonly string[]> => {
  const request = {
    stage,
    options: { adopts: false, optIn: [], optInProjects: [] },
  };
  const { plan } = await prepareSetup(runtime.settingsFile(), runtime.setup, request).catch(withAdvice);
  return [...plan.refusals.map((refusal) => `Setup refuses: ${refusal}`), ...stepProblems(plan, stage)];
};

const stepProblems = ({ steps }: SetupPlan, stage: string): readonly string[] =>
  steps.length === 0
    ? []
    : [
        `Google's side is not ready. Run "${rolebridge(stage, 'setup')}", which will do this:`,
        ...steps.map((step) => `  ${titleOf(step)}`),
      ];

const withAdvice = (thrown: unknown): never => {
  throw new PermanentError(
    `Google's side could not be checked: ${toFailure(thrown).message} If the caller may not read it, pass --skip-setup-check.`,
    { cause: thrown },
  );
};
