import { PermanentError } from '../../../shared/core/errors.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { memberIds } from '../../local-accounts.ts';
import { inLocalHome } from '../../local-home.ts';
import type { Terminal } from '../../terminal.ts';
import { runEmptyWorld } from './run-empty.ts';
import { runExampleWorld } from './run-example.ts';

export interface LocalUpOptions {
  readonly minutes: string;
  readonly accounts: string;
  readonly empty?: boolean;
}

/** Keeps both stand-ins running: with the packaged stack and example roles, or as they are before rolebridge is installed. */
export const localUp = async (
  terminal: Terminal,
  { minutes, accounts, empty = false }: LocalUpOptions,
): Promise<ExitCode> => {
  const milliseconds = minutesOf(minutes) * 60_000;
  const accountCount = accountCountOf(accounts);
  // A world without rolebridge needs no packaged stack that lists its accounts.
  return empty
    ? inLocalHome(terminal, 1, () => runEmptyWorld(terminal, milliseconds, memberIds(accountCount - 1)))
    : inLocalHome(terminal, accountCount, (ids) => runExampleWorld(terminal, milliseconds, ids));
};

/** Each account has its own services in this one process. */
const mostAccounts = 100;

const accountCountOf = (accounts: string): number => {
  const count = Number(accounts);
  if (!(/^\d+$/.test(accounts) && count >= 1 && count <= mostAccounts))
    throw new PermanentError(
      `--accounts must be a whole number from 1 to ${mostAccounts}, not "${accounts}". It counts the home account, too.`,
    );
  return count;
};

const minutesOf = (minutes: string): number => {
  const number = Number(minutes);
  if (!(number > 0 && number <= 20_000))
    throw new PermanentError(`--minutes must be a number from 1 to 20000, not "${minutes}".`);
  return number;
};
