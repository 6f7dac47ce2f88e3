import { signedInAccount } from '../../../shared/adapters/aws/signed-in-account.ts';
import { configPaths, namedConfig } from '../../../shared/config/config.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type ConfigSet, configSets, singleFile } from '../../../shared/stages/config-sets.ts';
import { validate } from '../../../shared/stages/validate.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { validationDocument, validationText } from './text.ts';

export interface ValidateCommandOptions {
  readonly beforeSetup?: boolean;
  readonly checkHome?: boolean;
}

/** Checks the files of every stage. Makes no network call and needs no credentials, except with --check-home. */
export const validateFiles = async (
  terminal: Terminal,
  files: readonly string[],
  { beforeSetup = false, checkHome = false }: ValidateCommandOptions,
): Promise<ExitCode> => {
  const sets = setsOf(terminal, files);
  const signedIn = checkHome ? await accountOf(terminal) : {};
  const found = sets.map((set) => validate(set, { isBeforeSetup: beforeSetup, ...signedIn }));
  terminal.show(validationDocument(found), () => found.map(validationText).join('\n'));
  return found.some(({ errors }) => errors.length > 0) ? exitCodes.failed : exitCodes.done;
};

/** @throws PermanentError if AWS does not name the account */
const accountOf = async ({ signal }: Terminal): Promise<{ readonly signedIn: string }> => {
  const signedIn = await signedInAccount(signal);
  if (signedIn === undefined)
    throw new PermanentError(
      'AWS did not name the account of your credentials, so nothing was compared. Sign in (aws sts get-caller-identity must work), or leave out --check-home.',
    );
  return { signedIn };
};

const setsOf = (terminal: Terminal, files: readonly string[]): readonly ConfigSet[] => {
  if (files.length > 0) return configSets(files);
  const named = namedConfig(terminal);
  return named === undefined ? configSets(configPaths({})) : [singleFile(named)];
};
