import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { createCommandRuntime } from '../runtime.ts';
import { sweepAnswer, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

/** After `revoke --all`: starts the rules, and lets roles have again what their tags ask for. */
export const resume = async (terminal: Terminal): Promise<ExitCode> => {
  const { stage, signal, logger, say } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
  const settings = runtime.settings();
  const stack = runtime.stack();
  await terminal.progress('Starting the rules', async () => {
    await runtime.signIn(settings);
    // What comes before the sweep has ended the revocation is refused, and found by that sweep.
    await stack.startRules();
  });
  say('The rules are started.');
  const answer = sweepAnswer(
    await terminal.progress('The sweep looks at everything', () => stack.sweep({ kind: 'resume' })),
  );
  terminal.show(answer, () => sweepText(stage, answer));
  // Roles that drifted are what it is for.
  return answer.blindSpots.length > 0 ? exitCodes.failed : exitCodes.done;
};
