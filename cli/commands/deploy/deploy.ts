import { assertUnchanged, packagedText } from '../../../shared/config/packaged-text.ts';
import { pathsText } from '../../../shared/config/paths.ts';
import { toFailure } from '../../../shared/core/errors.ts';
import { homeOf, type Settings } from '../../../shared/core/settings.ts';
import { rolebridge } from '../../../shared/doctor/commands.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { CommandRuntime } from '../../runtime.ts';
import { withService } from '../../service/assembled-service.ts';
import { runServerless } from '../../service/run-serverless.ts';
import { parseSweepAnswer } from '../../sweep-text.ts';
import type { Terminal } from '../../terminal.ts';
import { assertReady } from './assert-ready.ts';
import { type Deployed, deployedDocument, deployedText, type FirstSweep } from './deployed-text.ts';

export interface DeployOptions {
  readonly skipSetupCheck?: boolean;
}

/** Checks everything that a deploy needs, deploys the stack with the given rolebridge.yml, and sweeps. */
export const deploy = async (terminal: Terminal, options: DeployOptions): Promise<ExitCode> => {
  const { stage, signal, say, root } = terminal;
  const runtime = await openRuntime(terminal);
  const text = packagedText(runtime.configPaths);
  const settings = runtime.settings();
  const skipsSetup = options.skipSetupCheck === true;
  const warnings = await unlessInterrupted(signal, 'Nothing was deployed.', () =>
    terminal.progress('Checking that everything is ready', () =>
      assertReady(runtime, settings, { stage, skipsSetup }),
    ),
  );
  for (const warning of warnings) say(warning);
  if (skipsSetup) say("Google's side was not checked (--skip-setup-check).");
  assertUnchanged(runtime.configPaths, text);
  await unlessInterrupted(signal, deployingText(stage), () =>
    withService(root, text, (folder) => runServerless(terminal, folder, 'deploy')),
  );
  const deployed: Deployed = {
    stage,
    home: homeOf(settings),
    accountIds: settings.accounts.map(({ id }) => id),
    path: pathsText(runtime.configPaths),
    skipsSetup,
    sweep: await sweepNow(terminal, runtime, settings),
  };
  terminal.show(deployedDocument(deployed), () => deployedText(deployed));
  return deployed.sweep.kind === 'answered' && deployed.sweep.answer.blindSpots.length === 0
    ? exitCodes.done
    : exitCodes.failed;
};

const deployingText = (stage: string): string =>
  `CloudFormation finishes or rolls back by itself what it has begun. When it is done, run this again: ${rolebridge(stage, 'deploy')}`;

/** Roles that were tagged earlier, or that a changed guardrail no longer allows, do not wait for the schedule. */
const sweepNow = async (
  terminal: Terminal,
  runtime: CommandRuntime,
  settings: Settings,
): Promise<FirstSweep> => {
  const state = `The stack is deployed. The sweep may have started, and then runs to its end.`;
  try {
    const answer = await unlessInterrupted(terminal.signal, state, () =>
      terminal.progress('Sweeping', () => runtime.stack(settings).sweep()),
    );
    return { kind: 'answered', answer: parseSweepAnswer(answer) };
  } catch (thrown) {
    if (terminal.signal.aborted) throw thrown;
    return { kind: 'failed', reason: toFailure(thrown).message };
  }
};
