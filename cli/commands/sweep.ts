import { type Answer, parseAnswer } from '../../shared/core/answer.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { createCommandRuntime } from '../runtime.ts';
import { sweepAnswer, sweepExitCode, sweepText } from '../sweep-text.ts';
import type { Terminal } from '../terminal.ts';

export interface SweepOptions {
  readonly approve?: string;
  readonly acceptTable?: boolean;
}

const answerOf = ({ approve, acceptTable = false }: SweepOptions): Answer | undefined => {
  if (approve === undefined) return acceptTable ? { kind: 'acceptTable' } : undefined;
  if (acceptTable)
    throw new PermanentError('--approve and --accept-table are two answers. Give one at a time.');
  const answer = parseAnswer({ approve });
  if (answer !== undefined) return answer;
  throw new PermanentError(
    `--approve takes the 16 hex digits of a "Google Access Revocations Held" event, as "rolebridge plan" shows them, not "${approve}".`,
  );
};

/** Asks the deployed function to sweep now. */
export const sweep = async (terminal: Terminal, options: SweepOptions): Promise<ExitCode> => {
  const { stage, signal, logger } = terminal;
  const given = answerOf(options);
  const runtime = createCommandRuntime({ stage, signal, logger });
  const answer = sweepAnswer(
    await terminal.progress('The sweep looks at everything', () => runtime.stack().sweep(given)),
  );
  terminal.show(answer, () => sweepText(stage, answer));
  return sweepExitCode(answer);
};
