import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parseSettings, readSettingsText, readSettingsYaml } from '../../config/config.ts';
import { PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import type { SettingsFile } from '../../setup/ports.ts';
import type { SettingChange } from '../../setup/step.ts';
import { editSettings } from './edit.ts';

export const settingsFile = (path: string): SettingsFile => {
  return {
    path,
    complete: (projectNumber) => {
      const text = readSettingsText(path);
      const { value, problems } = readSettingsYaml(text, path);
      // A text that lacks quotes cannot be edited: report all errors.
      if (problems.length > 0) parseSettings(text, path);
      const changes = completions(text, value, projectNumber);
      return { settings: parseSettings(editSettings(text, changes), path), changes };
    },
    write: async (changes) => {
      const text = readSettingsText(path);
      const edited = editSettings(text, changes);
      if (edited !== text) replaceFile(path, edited);
    },
  };
};

/** Defaults for what the file leaves out. */
const completions = (
  text: string,
  file: unknown,
  projectNumber: string | undefined,
): readonly SettingChange[] => {
  const { google, accounts } = isRecord(file) ? file : {};
  const project = textAt(google, 'project');
  if (project === undefined) return [];
  const found = projectNumber ?? textAt(google, 'projectNumber') ?? placeholderNumber(text);
  return [
    ...numberChange(google, found),
    ...missing(google, ['google', 'pool'], 'aws-roles'),
    ...missing(
      google,
      ['google', 'serviceAccount'],
      `rolebridge@${domainOf(project)}.iam.gserviceaccount.com`,
    ),
    ...(Array.isArray(accounts) ? accounts : []).flatMap((account: unknown, index) => {
      const id = textAt(account, 'id');
      return id === undefined ? [] : missing(account, ['accounts', index, 'provider'], `aws-${id}`);
    }),
  ];
};

const textAt = (map: unknown, key: string): string | undefined => {
  const value = isRecord(map) ? map[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A placeholder until the project number is known. Rules are checked against it, so use the number that a rule names, if any. */
const placeholderNumber = (text: string): string =>
  /(\d{6,19})-compute@developer/.exec(text)?.[1] ?? '000000000000';

const numberChange = (google: unknown, found: string): readonly SettingChange[] => {
  const before = isRecord(google) ? google['projectNumber'] : undefined;
  if (before === found) return [];
  const isText = typeof before === 'string' || typeof before === 'number';
  return [{ path: ['google', 'projectNumber'], value: found, ...(isText ? { before: String(before) } : {}) }];
};

const missing = (map: unknown, path: SettingChange['path'], value: string): readonly SettingChange[] => {
  const key = String(path.at(-1));
  const isThere = isRecord(map) && map[key] !== undefined && map[key] !== null;
  return isThere ? [] : [{ path, value }];
};

/** `legacy.example.com` for the project `example.com:legacy`. */
const domainOf = (project: string): string => project.split(':').toReversed().join('.');

/** Writes a second file, then renames it: a reader sees the old text or the new one. */
const replaceFile = (path: string, text: string): void => {
  const real = realpathSync(path);
  const beside = `${real}.${randomUUID()}`;
  try {
    const { mode } = statSync(real);
    writeFileSync(beside, text, { mode, flush: true });
    // The umask may have removed bits.
    chmodSync(beside, mode);
    renameSync(beside, real);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw new PermanentError(`${path} could not be written: ${reasonOf(thrown)}`, { cause: thrown });
  }
};

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
