import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { type AnswerOptions, answersOf } from './answers.ts';
import { type Pipeline, type PlannedFile, plannedFiles } from './planned-files.ts';
import { settingsText } from './settings-text.ts';
import { writtenDocument, writtenText } from './text.ts';

export interface InitOptions extends AnswerOptions {
  readonly ci?: Pipeline;
  readonly force?: boolean;
}

/** Writes a repository of the company's own: rolebridge.yml, scripts, and on request a pipeline. Writes all files, or none. */
export const init = async (terminal: Terminal, options: InitOptions): Promise<ExitCode> => {
  const answers = await answersOf(terminal, options);
  const { files, keptScripts } = plannedFiles('.', settingsText(answers), options.ci);
  if (options.force !== true && !(await mayReplace(terminal, files))) {
    terminal.show(writtenDocument([], keptScripts), () => 'Nothing was written.');
    return exitCodes.failed;
  }
  const changed = files.filter(({ change }) => change !== 'unchanged');
  for (const { path, text } of changed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  terminal.show(writtenDocument(changed, keptScripts), () =>
    writtenText(resolve('.'), changed, keptScripts, { ...answers, ...options }),
  );
  return exitCodes.done;
};

/** Asks for each file that would be lost. @throws PermanentError that names them all if no one can answer */
const mayReplace = async (terminal: Terminal, files: readonly PlannedFile[]): Promise<boolean> => {
  const lost = files.filter(({ change }) => change === 'replaced').map(({ path }) => path);
  if (lost.length > 0 && (!terminal.canAsk || terminal.isJson))
    throw new PermanentError(
      `Nothing was written: ${lost.join(' and ')} ${lost.length === 1 ? 'exists' : 'exist'} already, and init overwrites nothing without asking. Move ${lost.length === 1 ? 'it' : 'them'} away, or pass --force.`,
    );
  for (const path of lost) if (!(await terminal.confirm(`Overwrite ${path}?`))) return false;
  return true;
};
