import { PermanentError } from '../../../shared/core/errors.ts';
import type { Explanation } from '../../../shared/explain/explain.ts';
import { type KnownError, links } from '../../../shared/explain/known-errors/known-error.ts';
import { colors } from '../../colors.ts';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { readInput } from './read-input.ts';

export const explainCommand: CommandDefinition = (program, start) => {
  program
    .command('explain')
    .description(
      'explain an error text: what it means, which link of the chain it comes from, and what to do next',
    )
    .argument('[text...]', 'the error text; read from standard input if omitted')
    .option('--list', 'list every error that rolebridge knows')
    .addHelpText(
      'after',
      examples(
        `rolebridge explain "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)"`,
        'journalctl -u app | rolebridge explain',
        'rolebridge plan 2>&1 | rolebridge explain',
        'rolebridge explain --list',
      ),
    )
    .action(start(explain));
};

const explain = async (
  terminal: Terminal,
  words: readonly string[],
  { list = false }: { readonly list?: boolean },
): Promise<ExitCode> => {
  if (list) return listErrors(terminal, words);
  const explanations = await explanationsOf(terminal, words);
  terminal.show({ explanations }, () =>
    explanations.length === 0 ? unknownText : explanations.map(explanationText).join('\n\n'),
  );
  return explanations.length === 0 ? exitCodes.failed : exitCodes.done;
};

/** Explains the arguments, or standard input if a program or a file is connected to it. */
const explanationsOf = async (
  { signal }: Terminal,
  words: readonly string[],
): Promise<readonly Explanation[]> => {
  const { createExplainer } = await import('../../../shared/explain/explain.ts');
  const explainer = createExplainer();
  let isEmpty = true;
  const add = (text: string): void => {
    isEmpty &&= text.trim() === '';
    explainer.add(text);
  };
  if (words.length > 0) add(words.join(' '));
  else await readInput(process.stdin, signal, add);
  if (isEmpty)
    throw new PermanentError('Pass the error text: rolebridge explain "…", or pipe a log into it.');
  return explainer.end();
};

const listErrors = async (terminal: Terminal, words: readonly string[]): Promise<ExitCode> => {
  if (words.length > 0) throw new PermanentError('Pass either --list or an error text, not both.');
  const { knownErrors } = await import('../../../shared/explain/known-errors/catalog.ts');
  terminal.show(
    {
      errors: knownErrors.map(({ id, link, example, cause, next, source }) => ({
        id,
        link,
        example,
        cause,
        next,
        source,
      })),
    },
    () =>
      Object.entries(links)
        .map((link) => linkText(link, knownErrors))
        .join('\n\n'),
  );
  return exitCodes.done;
};

const linkText = ([name, meaning]: readonly [string, string], errors: readonly KnownError[]): string =>
  [
    `${colors.bold(name)}: ${meaning}`,
    ...errors
      .filter(({ link }) => link === name)
      .flatMap(({ id, example }) => [`  ${id}`, `    ${colors.dim(shortened(example))}`]),
  ].join('\n');

const maxExample = 100;

const shortened = (example: string): string => {
  const line = example.replaceAll(/\s+/g, ' ');
  return line.length > maxExample ? `${line.slice(0, maxExample - 1)}…` : line;
};

const unknownText = [
  'rolebridge does not know this error. What you can do:',
  '  - rolebridge doctor --role ROLE    checks every link of the chain',
  '  - rolebridge explain --list        lists every known error (docs/errors.md)',
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
