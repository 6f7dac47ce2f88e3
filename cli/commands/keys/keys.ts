import { PermanentError } from '../../../shared/core/errors.ts';
import { accountIdsOf } from '../../../shared/core/settings.ts';
import { accountDocument } from '../../../shared/keys/document.ts';
import { findKeys } from '../../../shared/keys/find-keys.ts';
import type { KeyState } from '../../../shared/keys/judge.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { keysText } from './text.ts';

export interface KeysOptions {
  readonly all?: boolean;
  readonly idleDays: string;
}

/** Shows the keys of service accounts, and what Google knows about their use. It changes nothing. */
export const keys = async (
  terminal: Terminal,
  { all = false, idleDays: text }: KeysOptions,
): Promise<ExitCode> => {
  const idleDays = parseIdleDays(text);
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const { accounts, blindSpots } = await terminal.progress('Reading the ledger and the keys', async () => {
    await runtime.signIn(settings);
    return findKeys(settings, runtime.keys(settings), { all, idleDays });
  });
  terminal.show({ idleDays, accounts: accounts.map(accountDocument), blindSpots }, () =>
    keysText(
      { accounts, blindSpots },
      { accountIds: accountIdsOf(settings), isAll: all, width: terminal.width },
    ),
  );
  if (blindSpots.length > 0) return exitCodes.failed;
  const isDue = accounts.some(({ keys: own = [] }) => own.some(({ state }) => dueStates.has(state)));
  return isDue ? exitCodes.difference : exitCodes.done;
};

/** Someone should act on an enabled key. */
const dueStates: ReadonlySet<KeyState> = new Set(['leaked', 'replaced', 'idle']);

/** @throws PermanentError unless it is a number of days */
const parseIdleDays = (text: string): number => {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new PermanentError(`--idle-days must be a whole number of days from 1 to 9999, not "${text}".`);
};
