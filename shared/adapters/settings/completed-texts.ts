import { completions, defaultPool } from '../../config/completions.ts';
import { parseTexts } from '../../config/config.ts';
import type { ConfigPaths } from '../../config/paths.ts';
import { type ConfigText, type ConfigTexts, readSettingsYaml } from '../../config/read.ts';
import type { Settings } from '../../core/settings.ts';
import type { SettingChange } from '../../setup/step.ts';
import { changedFile } from './changed-file.ts';
import { editSettings } from './edit.ts';

interface Completion {
  readonly paths: ConfigPaths;
  readonly stage: string;
  /** The file's own, or a placeholder, if it is not known. */
  readonly projectNumber?: string | undefined;
}

/**
 * The settings of texts, completed with defaults for what they leave out, and the changes that would write those down.
 * @throws ConfigError with every error
 */
export const completedSettings = (
  texts: ConfigTexts,
  { paths, stage, projectNumber }: Completion,
): { readonly settings: Settings; readonly changes: readonly SettingChange[] } => {
  const ownPath = ownPathOf(paths);
  const { value, problems } = readSettingsYaml(texts);
  // A text that lacks quotes cannot be edited: report all errors.
  if (problems.length > 0) parseTexts(texts);
  const pool = defaultPool(stage, paths);
  const changes = completions({ value, projectNumber, pool }).map((change) => {
    const file = changedFile(texts, change.path);
    return { ...change, ...(file === ownPath ? {} : { file }) };
  });
  return { settings: parseTexts(editedTexts(texts, changes, ownPath)), changes };
};

/** The stage's own file: the override file, if there is one. */
export const ownPathOf = (paths: ConfigPaths): string => paths.at(-1) ?? paths[0];

/** The texts after the changes. A change that names no file belongs to the stage's own. */
export const editedTexts = (
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
