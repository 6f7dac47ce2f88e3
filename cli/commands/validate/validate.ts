import { configPaths, namedConfig } from '../../../shared/config/config.ts';
import { type ConfigSet, configSets, singleFile } from '../../../shared/stages/config-sets.ts';
import { validate } from '../../../shared/stages/validate.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { validationDocument, validationText } from './text.ts';

export interface ValidateCommandOptions {
  readonly beforeSetup?: boolean;
}

/** Checks the files of every stage. Makes no network call, and needs no credentials. */
export const validateFiles = (
  terminal: Terminal,
  files: readonly string[],
  { beforeSetup = false }: ValidateCommandOptions,
): Promise<ExitCode> => {
  const found = setsOf(terminal, files).map((set) => validate(set, { isBeforeSetup: beforeSetup }));
  terminal.show(validationDocument(found), () => found.map(validationText).join('\n'));
  return Promise.resolve(found.some(({ errors }) => errors.length > 0) ? exitCodes.failed : exitCodes.done);
};

const setsOf = (terminal: Terminal, files: readonly string[]): readonly ConfigSet[] => {
  if (files.length > 0) return configSets(files);
  const named = namedConfig(terminal);
  return named === undefined ? configSets(configPaths({})) : [singleFile(named)];
};
