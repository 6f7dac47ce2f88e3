import { dashboardUrl, functionRoleNames, isFunctionRoleOf, stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import { deploy } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, okUnless, type Problem } from './finding.ts';
import type { FunctionState } from './ports.ts';
import { stackCheck } from './stack-check.ts';

/** Both functions. If neither is deployed, the other checks of the stack follow from this one. */
export const functionsCheck = ({ aws, names, stage, settingsIfAny }: Context): Check =>
  stackCheck(
    'functions',
    'Functions',
    'lambda:GetFunctionConfiguration',
    async () => {
      const settings = await settingsIfAny();
      const roles = settings === undefined ? [] : functionRoleNames(stage, settings);
      const functions = [names.reconcileFunction, names.sweepFunction].map(async (name, index) => ({
        name,
        role: roles[index],
        state: await aws.functionState(name),
      }));
      return checkFunctions(stage, await Promise.all(functions));
    },
    [],
  );

interface DeployedFunction {
  readonly name: string;
  /** The name of its role; undefined if rolebridge.yml, which has the prefix, cannot be read. */
  readonly role: string | undefined;
  readonly state: FunctionState;
}

/** Both functions must exist, be active, and run as the role that Google admits. */
export const checkFunctions = (stage: string, functions: readonly DeployedFunction[]): Finding => {
  const names = functions.map(({ name }) => name);
  if (functions.every(({ state }) => state.kind === 'absent'))
    return failed(
      `Stage ${stage} of rolebridge is not deployed in ${stackRegion}: there is no function ${names.join(' or ')}.`,
      `Deploy it: ${deploy(stage)}\nOr name the stage that is deployed: rolebridge doctor --stage STAGE`,
    );
  const problems = functions.flatMap((deployed) => problemOf(stage, deployed) ?? []);
  return okUnless(
    problems,
    `${names.join(' and ')} are deployed and active.\nThe dashboard shows what they do: ${dashboardUrl(stage)}`,
  );
};

const problemOf = (stage: string, { name, role, state }: DeployedFunction): Problem | undefined => {
  if (state.kind === 'absent')
    return { message: `${stackRegion} has no function ${name}.`, fix: `Deploy the stack: ${deploy(stage)}` };
  if (!usableStates.has(state.state) || state.lastUpdate === 'Failed')
    return {
      message: `The function ${name} is ${state.state}, its last update ${state.lastUpdate}${state.reason === '' ? '' : ` (${state.reason})`}.`,
      fix: `Deploy it again: ${deploy(stage)}`,
    };
  // With any path: Google's members have none.
  const actual = state.roleArn.split('/').at(-1) ?? '';
  const isOwn = role === undefined ? isFunctionRoleOf(stage, actual) : actual === role;
  return isOwn
    ? undefined
    : {
        message: `The function ${name} runs as ${state.roleArn}, but setup lets Google admit ${role ?? 'only roles of this stage'}.`,
        fix: `Deploy it with its own role: ${deploy(stage)}`,
      };
};

/** Lambda makes a function inactive after weeks without a call; the next call activates it. */
const usableStates = new Set(['Active', 'Inactive']);
