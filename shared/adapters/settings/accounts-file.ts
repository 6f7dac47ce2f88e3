import type { AccountsEdit } from '../../accounts/ports.ts';
import type { ConfigPaths } from '../../config/paths.ts';
import { type ConfigTexts, readConfigTexts } from '../../config/read.ts';
import { homeOf, mostListedAccounts, type Settings } from '../../core/settings.ts';
import type { SettingChange } from '../../setup/step.ts';
import { changedFile } from './changed-file.ts';
import { completedSettings } from './completed-texts.ts';
import { editSettings } from './edit.ts';
import { editAccounts } from './edit-accounts.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Writes an edit of the accounts into rolebridge.yml, or into the stage's override file if the list stands there. Reads the
 * files again, so that changes which someone made since they were compared stay. Returns the path of the file.
 * @throws ConfigError if the result would not be valid, and PermanentError if the text cannot be edited. Nothing is written then.
 */
export const writeAccounts = (paths: ConfigPaths, stage: string, edit: AccountsEdit): string => {
  const texts = readConfigTexts(paths);
  const path = changedFile(texts, ['accounts', 0]);
  // Setup may not have completed the file yet.
  const { settings } = completedSettings(texts, { paths, stage });
  const after = withText(texts, path, (text) =>
    editSettings(editAccounts(text, edit, path), neededChanges(settings, edit), path),
  );
  completedSettings(after, { paths, stage });
  for (const [index, { path: file, text }] of after.entries())
    if (text !== texts[index]?.text) replaceFile(file, text);
  return path;
};

/** Settings that the file needs because of the accounts that are added. */
const neededChanges = (
  { home, organization, accounts }: Settings,
  { add, organization: found }: AccountsEdit,
): readonly SettingChange[] => {
  const count = new Set([...accounts, ...add].map(({ id }) => id)).size;
  return [
    ...(count > 1 && home === undefined ? [{ path: ['home'], value: homeOf({ accounts }) }] : []),
    ...(count > mostListedAccounts && organization === undefined
      ? [{ path: ['organization'], value: found }]
      : []),
  ];
};

const withText = (
  [base, ...overrides]: ConfigTexts,
  path: string,
  edit: (text: string) => string,
): ConfigTexts => {
  const one = (file: ConfigTexts[0]): ConfigTexts[0] =>
    file.path === path ? { ...file, text: edit(file.text) } : file;
  return [one(base), ...overrides.map(one)];
};
