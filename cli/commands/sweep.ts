import { type Answer, parseAnswer } from '../../shared/core/answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { type CommandDefinition, examples } from '../command-definition.ts';
import type { ExitCode } from '../exit-codes.ts';
import { unlessInterrupted } from '../interruption.ts';
import { openRuntime } from '../open-runtime.ts';
import { parseSweepAnswer, sweepExitCode, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export const sweepCommand: CommandDefinition = (program, start) => {
  program
    .command('sweep')
    .description('start the deployed sweep now: compare all access with the tags, and repair the differences')
    .option('--approve <hash>', 'approve the held revocations that have this hash')
    .option(
      '--accept-table',
      'accept that the ledger was emptied and may have lost entries (docs/operations.md)',
    )
    .addHelpText('after', examples('rolebridge sweep', 'rolebridge sweep --approve 0f3a9c2e51b7d684'))
    .action(start(sweep));
};

interface SweepOptions {
  readonly approve?: string;
  readonly acceptTable?: boolean;
}

const sweep = async (terminal: Terminal, options: SweepOptions): Promise<ExitCode> => {
  const answer = answerOf(options);
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const swept = await terminal.progress('Sweeping', async () => {
    await runtime.assertAccount(settings);
    return unlessInterrupted(
      terminal.signal,
      'The deployed sweep may have started, and then runs to its end.',
      () => runtime.stack(settings).sweep(answer),
    );
  });
  const result = parseSweepAnswer(swept);
  terminal.show(result, () => sweepText(terminal.stage, result));
  return sweepExitCode(result);
};

/** A person's answer to the last sweep, if the options give one. */
const answerOf = ({ approve, acceptTable = false }: SweepOptions): Answer | undefined => {
  if (approve === undefined) return acceptTable ? { kind: 'acceptTable' } : undefined;
  if (acceptTable) throw new PermanentError('Pass either --approve or --accept-table, not both.');
  const answer = parseAnswer({ approve });
  if (answer !== undefined) return answer;
  throw new PermanentError(
    `--approve must be the 16 hex digits of a "Google Access Revocations Held" event, as "rolebridge plan" shows them, not "${approve}".`,
  );
};
