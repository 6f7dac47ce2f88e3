import { counted } from '../../../shared/counted.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { undoTitle } from '../../../shared/setup/undo/describe-step.ts';
import { undoScript } from '../../../shared/setup/undo/gcloud-script.ts';
import { undoText } from '../../../shared/setup/undo/plan-text.ts';
import { prepareUndo } from '../../../shared/setup/undo/undo.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { type ActOptions, actOnPlan } from './act-on-plan.ts';

/** Removes what setup made on Google's side, once the stack is removed and no access is left. */
export const undoSetup = async (terminal: Terminal, options: ActOptions): Promise<ExitCode> => {
  const { stage, signal } = terminal;
  const runtime = createCommandRuntime(terminal);
  const unlessEnded = <T>(work: () => Promise<T>): Promise<T> =>
    unlessInterrupted(signal, 'Nothing was changed.', work);
  const { plan, heading, recheck, apply } = await unlessEnded(() =>
    terminal.progress('Reading both clouds', () =>
      prepareUndo(runtime.settingsFile(), runtime.undo, {
        stage,
        commands: {
          revokeAll: rolebridge(stage, 'revoke --all'),
          remove: rolebridge(stage, 'remove'),
        },
      }),
    ),
  );
  return actOnPlan(terminal, options, {
    plan,
    document: {
      ...heading,
      isUndo: true,
      ...plan,
      steps: plan.steps.map((step) => ({ title: undoTitle(step), ...step })),
    },
    text: () => undoText(plan, heading),
    script: () => undoScript(plan, heading),
    titleOf: undoTitle,
    apply: async (reporter) => {
      await unlessEnded(() => terminal.progress('Checking that nothing has changed', recheck));
      return apply(reporter);
    },
    doneText: ({ done }) =>
      [
        `Done: ${counted(done.length, 'step')}. Nothing that setup made is left, except what the plan listed.`,
        'The enabled APIs stay, because other software may use them. So does rolebridge.yml.',
        'Google can undelete the pool for 30 days, and custom roles for 7: "rolebridge setup" does that.',
      ].join('\n'),
  });
};
