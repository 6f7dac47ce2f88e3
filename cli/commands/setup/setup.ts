import { PermanentError } from '../../../shared/core/errors.ts';
import { gcloudScript } from '../../../shared/setup/gcloud-script.ts';
import { planText } from '../../../shared/setup/plan-text.ts';
import { type PreparedSetup, prepareSetup } from '../../../shared/setup/setup.ts';
import { parseOptIns } from '../../../shared/setup/wanted.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { interruptedExitCodes, interruptionOf, unlessInterrupted } from '../../interruption.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import {
  appliedDocument,
  appliedText,
  coloredPlan,
  nextSteps,
  planDocument,
  questionFor,
  reporterAt,
} from './text.ts';

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
    terminal.show({ ...planDocument(plan, heading), script }, () => script, 'file');
    return exitCodes.done;
  }
  if (isRefused || options.dryRun === true || plan.steps.length === 0) {
    showPlan(terminal, prepared);
    if (isRefused) return exitCodes.failed;
    return plan.steps.length === 0 ? exitCodes.done : exitCodes.difference;
  }
  // With --json, the only document is printed at the end.
  if (!terminal.isJson) showPlan(terminal, prepared);
  if (options.yes !== true && !(await terminal.confirm(questionFor(plan.steps.length)))) {
    terminal.say('Nothing was changed.');
    return exitCodes.difference;
  }
  return apply(terminal, prepared);
};

const prepare = async (terminal: Terminal, options: SetupCommandOptions): Promise<PreparedSetup> => {
  const { stage, signal } = terminal;
  const runtime = createCommandRuntime(terminal);
  const request = {
    stage,
    functionRoles: runtime.names.functionRoles,
    options: {
      adopts: options.adopt === true,
      optIn: parseOptIns(options.optIn ?? []),
      optInProjects: [...new Set(options.optInProject ?? [])],
    },
  };
  return unlessInterrupted(signal, 'Nothing was changed.', () =>
    terminal.progress('Reading the Google side', () =>
      prepareSetup(runtime.settingsFile(), runtime.setup, request),
    ),
  );
};

const showPlan = (terminal: Terminal, { plan, heading }: PreparedSetup): void =>
  terminal.show(planDocument(plan, heading), () => coloredPlan(planText(plan, heading)));

/** Applies the plan. Reports each step when it is done, and the result at the end. */
const apply = async (terminal: Terminal, prepared: PreparedSetup): Promise<ExitCode> => {
  const { plan, heading, settings } = prepared;
  const applied = await prepared.apply(reporterAt(terminal));
  const isDone = applied.notDone.length === 0 && applied.failed === undefined;
  terminal.show({ ...planDocument(plan, heading), result: appliedDocument(applied) }, () =>
    isDone ? nextSteps(applied, plan, settings, heading) : appliedText(applied, terminal.signal.aborted),
  );
  if (isDone) return exitCodes.done;
  const interruption = interruptionOf(terminal.signal, undefined);
  return interruption === undefined ? exitCodes.failed : interruptedExitCodes[interruption.by];
};
