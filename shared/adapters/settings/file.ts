import type { ConfigPaths } from '../../config/paths.ts';
import { readConfigTexts } from '../../config/read.ts';
import type { SettingsFile } from '../../setup/ports.ts';
import { completedSettings, editedTexts, ownPathOf } from './completed-texts.ts';
import { replaceFile } from './replace-file.ts';

/** rolebridge.yml, with the stage's override file if there is one. */
export const settingsFile = (paths: ConfigPaths, stage: string): SettingsFile => {
  const path = ownPathOf(paths);
  return {
    path,
    complete: (projectNumber) => completedSettings(readConfigTexts(paths), { paths, stage, projectNumber }),
    write: async (changes) => {
      const texts = readConfigTexts(paths);
      for (const [index, after] of editedTexts(texts, changes, path).entries())
        if (after.text !== texts[index]?.text) replaceFile(after.path, after.text);
    },
  };
};
