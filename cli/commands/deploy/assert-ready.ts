import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { allRegions, type Settings } from '../../../shared/core/settings.ts';
import { stackRegion } from '../../../shared/core/stack.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { boundaryStatements } from '../../../shared/permissions/boundary.ts';
import { boundaryGaps } from '../../../shared/permissions/boundary-gaps.ts';
import { titleOf } from '../../../shared/setup/describe-step.ts';
import { noOptions } from '../../../shared/setup/options.ts';
import { prepareSetup } from '../../../shared/setup/setup.ts';
import type { SetupPlan } from '../../../shared/setup/step.ts';
import { stageConflicts } from '../../../shared/stages/stage-conflicts.ts';
import type { CommandRuntime } from '../../runtime.ts';

export interface ReadyOptions {
  readonly stage: string;
  readonly skipsSetup: boolean;
}

/** One line each, or several for what belongs together. Only problems prevent the deploy. */
interface Verdict {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Checks what would make a deploy fail halfway, or deploy functions that can do nothing. Reports every problem together.
 * Returns warnings: what could not be decided here.
 * @throws PermanentError with the next step for each problem
 */
export const assertReady = async (
  runtime: CommandRuntime,
  settings: Settings,
  { stage, skipsSetup }: ReadyOptions,
): Promise<readonly string[]> => {
  // In another account, the other answers would mean nothing.
  await runtime.assertAccount(settings);
  const checks = [
    regionProblems(runtime, settings).then(onlyProblems),
    stageProblems(runtime, settings, stage).then(onlyProblems),
    boundaryVerdict(runtime, settings, stage),
    ...(skipsSetup ? [] : [setupProblems(runtime, stage).then(onlyProblems)]),
  ];
  const verdicts = await Promise.all(checks.map(orProblem));
  const problems = verdicts.flatMap((one) => one.problems);
  if (problems.length > 0)
    throw new PermanentError(['Nothing was deployed:', ...problems.map((one) => `  ${one}`)].join('\n'));
  return verdicts.flatMap(({ warnings }) => warnings);
};

const onlyProblems = (problems: readonly string[]): Verdict => ({ problems, warnings: [] });

/** If something cannot be checked, it is a problem, too. */
const orProblem = (check: Promise<Verdict>): Promise<Verdict> =>
  check.catch((thrown: unknown) => onlyProblems([toFailure(thrown).message]));

const regionProblems = async (
  { disabledRegions }: CommandRuntime,
  settings: Settings,
): Promise<readonly string[]> =>
  (await disabledRegions([...new Set([stackRegion, ...allRegions(settings)])])).map(
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

/** Under a boundary that lacks something, the functions would be deployed and could not work. */
const boundaryVerdict = async (
  { managedPolicy, names }: CommandRuntime,
  settings: Settings,
  stage: string,
): Promise<Verdict> => {
  const arn = settings.deploy?.permissionsBoundary;
  if (arn === undefined) return onlyProblems([]);
  const needed = boundaryStatements({ settings, stage, names });
  const { missing, undecided } = boundaryGaps(await managedPolicy(arn), needed);
  const print = rolebridge(stage, 'permissions --print boundary');
  return {
    problems: under(
      `The permissions boundary ${arn} lacks what the functions need. Add it ("${print}" prints all of it):`,
      missing,
    ),
    warnings: under(
      `The permissions boundary ${arn} may lack what the functions need. It depends on a condition or a policy variable, which is not evaluated here:`,
      undecided,
    ),
  };
};

const under = (heading: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)];

const setupProblems = async (runtime: CommandRuntime, stage: string): Promise<readonly string[]> => {
  const request = {
    stage,
    options: noOptions,
  };
  const { plan } = await prepareSetup(runtime.settingsFile(), runtime.setup, request).catch(withAdvice);
  return [...plan.refusals.map((refusal) => `Setup refuses: ${refusal}`), ...stepProblems(plan, stage)];
};

const stepProblems = ({ steps }: SetupPlan, stage: string): readonly string[] => {
  // Former names of the roles are removed after a deploy.
  const needed = steps.filter(({ kind }) => kind !== 'unbind');
  return needed.length === 0
    ? []
    : [
        `Google's side is not ready. Run "${rolebridge(stage, 'setup')}", which will do this:`,
        ...needed.map((step) => `  ${titleOf(step)}`),
      ];
};

const withAdvice = (thrown: unknown): never => {
  throw new PermanentError(
    `Google's side could not be checked: ${toFailure(thrown).message} If the caller may not read it, pass --skip-setup-check.`,
    { cause: thrown },
  );
};
