import { randomUUID } from 'node:crypto';
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { completions, defaultPool } from '../../config/completions.ts';
import { parseTexts } from '../../config/config.ts';
import type { ConfigPaths } from '../../config/paths.ts';
import { type ConfigText, type ConfigTexts, readConfigTexts, readSettingsYaml } from '../../config/read.ts';
import { PermanentError } from '../../core/errors.ts';
import type { SettingsFile } from '../../setup/ports.ts';
import type { SettingChange } from '../../setup/step.ts';
import { changedFile } from './changed-file.ts';
import { editSettings } from './edit.ts';

/** rolebridge.yml, with the stage's override file if there is one. */
export const settingsFile = (paths: ConfigPaths, stage: string): SettingsFile => {
  const path = paths.at(-1) ?? paths[0];
  return {
    path,
    complete: (projectNumber) => {
      const texts = readConfigTexts(paths);
      const { value, problems } = readSettingsYaml(texts);
      // A text that lacks quotes cannot be edited: report all errors.
      if (problems.length > 0) parseTexts(texts);
      const pool = defaultPool(stage, paths);
      const changes = completions({ value, projectNumber, pool }).map((change) => {
        const file = changedFile(texts, change.path);
        return { ...change, ...(file === path ? {} : { file }) };
      });
      return { settings: parseTexts(edited(texts, changes, path)), changes };
    },
    write: async (changes) => {
      const texts = readConfigTexts(paths);
      for (const [index, after] of edited(texts, changes, path).entries())
        if (after.text !== texts[index]?.text) replaceFile(after.path, after.text);
    },
  };
};

/** The texts after the changes. A change that names no file belongs to the stage's own. */
const edited = (
  [base, ...overrides]: ConfigTexts,
  changes: readonly SettingChange[],
  ownPath: string,
): ConfigTexts => {
  const edit = ({ path, text }: ConfigText): ConfigText => {
    const own = changes.filter(({ file }) => (file ?? ownPath) === path);
    return { path, text: own.length === 0 ? text : editSettings(text, own, path) };
  };
  return [edit(base), ...overrides.map(edit)];
};

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
