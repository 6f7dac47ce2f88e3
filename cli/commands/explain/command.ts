import { readFileSync } from 'node:fs';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Explanation } from '../../../shared/explain/explain.ts';
import { links } from '../../../shared/explain/known-errors/known-error.ts';
import { colors } from '../../colors.ts';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';

export const explainCommand: CommandDefinition = (program, start) => {
  program
    .command('explain')
    .description(
      'explain an error text: what it means, which link of the chain it comes from, and what to do next',
    )
    .argument('[text...]', 'the error text; read from standard input if omitted')
    .addHelpText(
      'after',
      examples(
        `rolebridge explain "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)"`,
        'journalctl -u app | rolebridge explain',
      ),
    )
    .action(start(explain));
};

const explain = async (terminal: Terminal, words: readonly string[]): Promise<ExitCode> => {
  const { explain: explanationsOf } = await import('../../../shared/explain/explain.ts');
  const explanations = explanationsOf(textOf(words));
  terminal.show({ version: 1, explanations }, () =>
    explanations.length === 0 ? unknownText : explanations.map(explanationText).join('\n\n'),
  );
  return explanations.length === 0 ? exitCodes.failed : exitCodes.done;
};

/** The arguments, or standard input if a program or a file is connected to it. */
const textOf = (words: readonly string[]): string => {
  if (words.length > 0) return words.join(' ');
  const piped = process.stdin.isTTY ? '' : readFileSync(0, 'utf8');
  if (piped.trim() !== '') return piped;
  throw new PermanentError('Pass the error text: rolebridge explain "…", or pipe a log into it.');
};

const unknownText = [
  'rolebridge does not know this error. What you can do:',
  '  - rolebridge doctor --role ROLE    checks every link of the chain',
  '  - docs/errors.md lists every known error',
].join('\n');

const explanationText = ({ id, link, cause, next, source }: Explanation): string =>
  [
    `${colors.bold(links[link])} ${colors.dim(`(${id})`)}`,
    `  ${cause}`,
    '',
    ...next.map((step) => `  - ${step}`),
    '',
    colors.dim(`  Source: ${source}`),
  ].join('\n');
