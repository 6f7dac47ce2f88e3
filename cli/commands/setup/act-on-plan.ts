import { PermanentError } from '../../../shared/core/errors.ts';
import type { Applied, Reporter } from '../../../shared/setup/apply.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { interruptedExitCodes, interruptionOf } from '../../interruption.ts';
import type { Terminal } from '../../terminal.ts';
import { appliedDocument, appliedText, coloredPlan, questionFor, reporterAt } from './text.ts';

export interface ActOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly print?: 'gcloud';
}

/** A plan, in the forms in which a person or a script may want it. */
export interface PresentedPlan<Step> {
  readonly plan: { readonly steps: readonly Step[]; readonly refusals: readonly string[] };
  readonly document: object;
  readonly text: () => string;
  readonly script: () => string;
  readonly titleOf: (step: Step) => string;
  readonly apply: (reporter: Reporter<Step>) => Promise<Applied<Step>>;
  /** Shown when every step is done. */
  readonly doneText: (applied: Applied<Step>) => string;
}

/** Prints the plan, or shows it, asks, and applies it. */
export const actOnPlan = async <Step>(
  terminal: Terminal,
  options: ActOptions,
  presented: PresentedPlan<Step>,
): Promise<ExitCode> => {
  const { plan, document, text } = presented;
  const isRefused = plan.refusals.length > 0;
  if (options.print === 'gcloud') {
    // The output will be run as a script, so print nothing else.
    if (isRefused) throw new PermanentError(`No commands can be printed:\n  ${plan.refusals.join('\n  ')}`);
    const script = presented.script();
    terminal.show({ ...document, script }, () => script, 'file');
    return exitCodes.done;
  }
  const showPlan = (): void => terminal.show(document, () => coloredPlan(text()));
  if (isRefused || options.dryRun === true || plan.steps.length === 0) {
    showPlan();
    if (isRefused) return exitCodes.failed;
    return plan.steps.length === 0 ? exitCodes.done : exitCodes.difference;
  }
  // With --json, the only document is printed at the end.
  if (!terminal.isJson) showPlan();
  if (options.yes !== true && !(await terminal.confirm(questionFor(plan.steps.length)))) {
    terminal.say('Nothing was changed.');
    return exitCodes.difference;
  }
  return apply(terminal, presented);
};

/** Applies the plan. Reports each step when it is done, and the result at the end. */
const apply = async <Step>(terminal: Terminal, presented: PresentedPlan<Step>): Promise<ExitCode> => {
  const { document, titleOf, doneText } = presented;
  const applied = await presented.apply(reporterAt(terminal, titleOf));
  const isDone = applied.notDone.length === 0 && applied.failed === undefined;
  terminal.show({ ...document, result: appliedDocument(applied, titleOf) }, () =>
    isDone ? doneText(applied) : appliedText(applied, titleOf, terminal.signal.aborted),
  );
  if (isDone) return exitCodes.done;
  const interruption = interruptionOf(terminal.signal, undefined);
  return interruption === undefined ? exitCodes.failed : interruptedExitCodes[interruption.by];
};
