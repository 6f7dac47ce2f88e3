import { PermanentError } from '../../../shared/core/errors.ts';
import { gcloudScript } from '../../../shared/setup/gcloud-script.ts';
import { planText } from '../../../shared/setup/plan-text.ts';
import { type PreparedSetup, prepareSetup } from '../../../shared/setup/setup.ts';
import { parseOptIns } from '../../../shared/setup/wanted.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { appliedDocument, appliedText, coloredPlan, nextSteps, planDocument, reporterAt } from './text.ts';

export interface SetupCommandOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly print?: 'gcloud';
  readonly adopt?: boolean;
  readonly optIn?: readonly string[];
  readonly optInProject?: readonly string[];
}

/** Prepares the Google side as rolebridge.yml describes it. */
export const setup = async (terminal: Terminal, options: SetupCommandOptions): Promise<ExitCode> => {
  const prepared = await prepare(terminal, options);
  const { plan, heading } = prepared;
  const isRefused = plan.refusals.length > 0;
  if (options.print === 'gcloud') {
    // The output will be run as a script, so print nothing else.
    if (isRefused) throw new PermanentError(`No commands can be printed:\n  ${plan.refusals.join('\n  ')}`);
    const script = gcloudScript(plan, heading);
    terminal.show({ ...planDocument(plan, heading), script }, () => script);
    return exitCodes.done;
  }
  if (isRefused || options.dryRun === true || plan.steps.length === 0) {
    showPlan(terminal, prepared);
    if (isRefused) return exitCodes.failed;
    return plan.steps.length === 0 ? exitCodes.done : exitCodes.difference;
  }
  // With --json, the only document is printed at the end.
  if (!terminal.isJson) showPlan(terminal, prepared);
  if (options.yes !== true && !(await agrees(terminal, questionFor(plan.steps.length)))) {
    terminal.say('Nothing was done.');
    return terminal.signal.aborted ? exitCodes.failed : exitCodes.difference;
  }
  return apply(terminal, prepared);
};

const prepare = async (terminal: Terminal, options: SetupCommandOptions): Promise<PreparedSetup> => {
  const { stage, signal, logger } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const request = {
    stage,
    functionRoles: runtime.names.functionRoles,
    options: {
      adopts: options.adopt === true,
      optIn: parseOptIns(options.optIn ?? []),
      optInProjects: [...new Set(options.optInProject ?? [])],
    },
  };
  try {
    return await terminal.progress('Reading the Google side', () =>
      prepareSetup(runtime.settingsFile(), runtime.setup, request),
    );
  } catch (thrown) {
    if (signal.aborted) throw new PermanentError('Nothing was done.', { cause: thrown });
    throw thrown;
  }
};

const showPlan = (terminal: Terminal, { plan, heading }: PreparedSetup): void =>
  terminal.show(planDocument(plan, heading), () => coloredPlan(planText(plan, heading)));

const questionFor = (steps: number): string =>
  steps === 1 ? 'Apply this change?' : `Apply these ${steps} changes?`;

/** An interruption at the question counts as a no. */
const agrees = async ({ confirm, signal }: Terminal, question: string): Promise<boolean> => {
  try {
    return await confirm(question);
  } catch (thrown) {
    const isInterruption =
      signal.aborted ||
      (thrown instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(thrown.name));
    if (isInterruption) return false;
    throw thrown;
  }
};

/** Applies the plan. Reports each step when it is done, and the result at the end. */
const apply = async (terminal: Terminal, prepared: PreparedSetup): Promise<ExitCode> => {
  const { plan, heading, settings } = prepared;
  const applied = await prepared.apply(reporterAt(terminal));
  const isDone = applied.notDone.length === 0 && applied.failed === undefined;
  terminal.show({ ...planDocument(plan, heading), result: appliedDocument(applied) }, () =>
    isDone ? nextSteps(applied, plan, settings, heading) : appliedText(applied, terminal.signal.aborted),
  );
  return isDone ? exitCodes.done : exitCodes.failed;
};
