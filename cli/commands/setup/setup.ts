import { titleOf } from '../../../shared/setup/describe-step.ts';
import { gcloudScript } from '../../../shared/setup/gcloud-script.ts';
import { parseKeyReaders } from '../../../shared/setup/key-readers.ts';
import { prepareProviders } from '../../../shared/setup/only-providers.ts';
import { parseOptIns, parseResourceOptIns } from '../../../shared/setup/options.ts';
import { planText } from '../../../shared/setup/plan-text.ts';
import { type PreparedSetup, prepareSetup } from '../../../shared/setup/setup.ts';
import type { SetupPlan } from '../../../shared/setup/step.ts';
import { type StageConflicts, stageConflicts } from '../../../shared/stages/stage-conflicts.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { type ActOptions, actOnPlan } from './act-on-plan.ts';
import { nextSteps, planDocument, providersDone } from './text.ts';

export interface SetupCommandOptions extends ActOptions {
  readonly onlyProviders?: boolean;
  readonly adopt?: boolean;
  readonly optIn?: readonly string[];
  readonly optInProject?: readonly string[];
  readonly optInResource?: readonly string[];
  readonly optInProjectGrants?: readonly string[];
  readonly optInKeys?: readonly string[];
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
    doneText: (applied) =>
      options.onlyProviders === true ? providersDone(applied) : nextSteps(applied, plan, settings, heading),
  });
};

const prepare = async (terminal: Terminal, options: SetupCommandOptions): Promise<PreparedSetup> => {
  const { stage, signal } = terminal;
  const runtime = createCommandRuntime(terminal);
  const request = {
    stage,
    options: {
      adopts: options.adopt === true,
      optIn: parseOptIns(options.optIn ?? []),
      optInProjects: [...new Set(options.optInProject ?? [])],
      optInResources: parseResourceOptIns(options.optInResource ?? []),
      optInProjectGrants: [...new Set(options.optInProjectGrants ?? [])],
      keyReaders: parseKeyReaders(options.optInKeys ?? []),
    },
  };
  return unlessInterrupted(signal, 'Nothing was changed.', () =>
    terminal.progress('Reading the Google side', async () => {
      const file = runtime.settingsFile();
      if (options.onlyProviders === true) return prepareProviders(file, runtime.setup, stage);
      const { settings } = file.complete();
      const [prepared, found] = await Promise.all([
        prepareSetup(file, runtime.setup, request),
        stageConflicts(stage, settings, runtime.deployedStages()),
      ]);
      return { ...prepared, plan: withConflicts(prepared.plan, found) };
    }),
  );
};

/** Setup must not wait for someone with AWS credentials: without them, the plan only mentions what was not checked. */
const withConflicts = (plan: SetupPlan, found: StageConflicts): SetupPlan =>
  found.kind === 'checked'
    ? { ...plan, refusals: [...plan.refusals, ...found.conflicts] }
    : {
        ...plan,
        warnings: [
          ...plan.warnings,
          `Not checked: whether a stage that is deployed in the AWS account has the same tagKey or parameterPrefix (${found.reason}). The deploy checks it.`,
        ],
      };
