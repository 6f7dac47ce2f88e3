import { readFileSync } from 'node:fs';
import { PermanentError } from '../../shared/core/errors.ts';
import { type Explanation, explain as explanationsOf } from '../../shared/explain/explain.ts';
import { links } from '../../shared/explain/known-errors/known-error.ts';
import { colors } from '../colors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** What was given, or what comes through a pipe. */
const textOf = (words: readonly string[]): string => {
  if (words.length > 0) return words.join(' ');
  const piped = process.stdin.isTTY ? '' : readFileSync(0, 'utf8');
  if (piped.trim() !== '') return piped;
  throw new PermanentError('Give the text of the error: rolebridge explain "…", or pipe a log into it.');
};

const explanationText = ({ id, link, cause, next, source }: Explanation): string =>
  [
    `${colors.bold(links[link])} ${colors.dim(`(${id})`)}`,
    `  ${cause}`,
    '',
    ...next.map((step) => `  - ${step}`),
    '',
    colors.dim(`  Source: ${source}`),
  ].join('\n');

const unknownText = [
  'This text is not known here. What you can do:',
  '  - rolebridge doctor --role ROLE    checks every link of the chain',
  '  - docs/errors.md lists every error that is known',
].join('\n');

/** What an error text means, which link of the chain it comes from, and what to do next. */
export const explain = (terminal: Terminal, words: readonly string[]): Promise<ExitCode> => {
  const explanations = explanationsOf(textOf(words));
  terminal.show({ version: 1, explanations }, () =>
    explanations.length === 0 ? unknownText : explanations.map(explanationText).join('\n\n'),
  );
  return Promise.resolve(explanations.length === 0 ? exitCodes.failed : exitCodes.done);
};
