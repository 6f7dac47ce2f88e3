import { type AccountsComparison, compareAccounts, hasDifference } from '../../../shared/accounts/compare.ts';
import type { AccountsEdit } from '../../../shared/accounts/ports.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { unlessInterrupted } from '../../interruption.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { addQuestion, comparisonText, removeQuestion, writtenText } from './text.ts';

export interface AccountsOptions {
  readonly ou?: readonly string[];
  readonly write?: boolean;
  readonly yes?: boolean;
}

/** Compares rolebridge.yml with AWS Organizations. With --write, edits the file after asking. */
export const accounts = async (
  terminal: Terminal,
  { ou: units = [], ...options }: AccountsOptions,
): Promise<ExitCode> => {
  assertOptions(units, options);
  const runtime = createCommandRuntime(terminal);
  const { settings } = runtime.settingsFile().complete();
  const comparison = await unlessInterrupted(terminal.signal, 'Nothing was changed.', () =>
    terminal.progress('Listing the accounts of the organization', async () =>
      compareAccounts(settings, await runtime.organization(units)),
    ),
  );
  const edit = options.write === true ? await agreedEdit(terminal, comparison, options) : nothing(comparison);
  if (edit.add.length + edit.remove.length === 0) {
    terminal.show({ ...comparison, isWritten: false }, () => comparisonText(comparison, options));
    return hasDifference(comparison) ? exitCodes.difference : exitCodes.done;
  }
  const path = runtime.writeAccounts(edit);
  const added = edit.add.map(({ id }) => id);
  terminal.show({ ...comparison, isWritten: true, path, added, removed: edit.remove }, () =>
    writtenText(edit, path),
  );
  return hasDifference(without(comparison, edit)) ? exitCodes.difference : exitCodes.done;
};

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html */
const unitForm = /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/;

const assertOptions = (
  units: readonly string[],
  { write, yes }: Pick<AccountsOptions, 'write' | 'yes'>,
): void => {
  const wrong = units.find((unit) => !unitForm.test(unit));
  if (wrong !== undefined)
    throw new PermanentError(
      `--ou must be the id of an organizational unit (ou-a1b2-c3d4e5f6) or of the root (r-a1b2), not "${wrong}".`,
    );
  if (yes === true && write !== true) throw new PermanentError('--yes is for --write. Pass both.');
};

/** Shows the comparison and asks, once for each direction: a person may want to add accounts only. */
const agreedEdit = async (
  terminal: Terminal,
  comparison: AccountsComparison,
  { yes }: Pick<AccountsOptions, 'yes'>,
): Promise<AccountsEdit> => {
  const { toAdd, toRemove, organization } = comparison;
  if (toAdd.length + toRemove.length === 0) return nothing(comparison);
  for (const line of comparisonText(comparison, { write: true }).split('\n')) terminal.say(line);
  const isAgreed = async (count: number, question: string): Promise<boolean> =>
    count > 0 && (yes === true || (await terminal.confirm(question)));
  const adds = await isAgreed(toAdd.length, addQuestion(comparison));
  const removes = await isAgreed(toRemove.length, removeQuestion(comparison));
  return {
    organization,
    add: adds ? toAdd : [],
    remove: removes ? toRemove.map(({ id }) => id) : [],
  };
};

const nothing = ({ organization }: AccountsComparison): AccountsEdit => ({
  organization,
  add: [],
  remove: [],
});

/** The differences that are left after an edit. */
const without = (comparison: AccountsComparison, { add, remove }: AccountsEdit): AccountsComparison => ({
  ...comparison,
  toAdd: comparison.toAdd.filter((account) => !add.includes(account)),
  toRemove: comparison.toRemove.filter(({ id }) => !remove.includes(id)),
});
