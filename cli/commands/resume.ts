import { rolebridge } from '../../shared/doctor/commands.ts';
import { type CommandDefinition, examples } from '../command-definition.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { unlessInterrupted } from '../interruption.ts';
import { openRuntime } from '../open-runtime.ts';
import { parseSweepAnswer, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export const resumeCommand: CommandDefinition = (program, start) => {
  program
    .command('resume')
    .description(
      `undo "revoke --all": enable the stack's EventBridge rules again, and grant what the tags request`,
    )
    .addHelpText('after', examples('rolebridge resume'))
    .action(start(resume));
};

const resume = async (terminal: Terminal): Promise<ExitCode> => {
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const stack = runtime.stack(settings);
  await terminal.progress('Starting the rules', async () => {
    await runtime.signIn(settings);
    // Events that arrive before the sweep has ended the revocation are refused. That sweep then finds their roles.
    await stack.startRules();
  });
  terminal.say('The rules are started.');
  const answer = parseSweepAnswer(
    await unlessInterrupted(terminal.signal, unfinishedText(terminal.stage), () =>
      terminal.progress('Sweeping', () => stack.sweep({ kind: 'resume' })),
    ),
  );
  terminal.show(answer, () => sweepText(terminal.stage, answer));
  // The command exists to find roles that drifted, so these are not a difference.
  return answer.blindSpots.length > 0 ? exitCodes.failed : exitCodes.done;
};

const unfinishedText = (stage: string): string =>
  `The rules are started, but the sweep that grants again may not have started. Run this again: ${rolebridge(stage, 'resume')}`;
