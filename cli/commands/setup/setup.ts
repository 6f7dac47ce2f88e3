import { titleOf } from '../../../shared/setup/describe-step.ts';
import { gcloudScript } from '../../../shared/setup/gcloud-script.ts';
import { planText } from '../../../shared/setup/plan-text.ts';
import { type PreparedSetup, prepareSetup } from '../../../shared/setup/setup.ts';
import { parseOptIns } from '../../../shared/setup/wanted.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { type ActOptions, actOnPlan } from './act-on-plan.ts';
import { nextSteps, planDocument } from './text.ts';

export interface SetupCommandOptions extends ActOptions {
  readonly adopt?: boolean;
  readonly optIn?: readonly string[];
  readonly optInProject?: readonly string[];
}

/** Prepares the Google side as rolebridge.yml describes it. */
export const setup = async (terminal: Terminal, options: SetupCommandOptions): Promise<ExitCode> => {
  const { plan, heading, settings, apply } = await prepare(terminal, options);
  return actOnPlan(terminal, options, {
    plan,
    document: planDocument(plan, heading),
    text: () => planText(plan, heading),
    script: () => gcloudScript(plan, heading),
    titleOf,
    apply,
    doneText: (applied) => nextSteps(applied, plan, settings, heading),
  });
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
