import { basename } from 'node:path';
import { stringify } from 'yaml';
import { PermanentError } from '../core/errors.ts';
import { parseTexts } from './config.ts';
import { type ConfigPaths, pathsText } from './paths.ts';
import { readConfigTexts, readSettingsYaml } from './read.ts';

/**
 * The text of the one file that the functions read: a single file as it is, and otherwise the merged settings. The same files
 * give the same bytes.
 * @throws ConfigError with every error in the files
 */
export const packagedText = (paths: ConfigPaths): string => {
  const texts = readConfigTexts(paths);
  // Nothing that has errors is packed.
  parseTexts(texts);
  const [base, ...overrides] = texts;
  return overrides.length === 0
    ? base.text
    : `# Merged from ${paths.map((path) => basename(path)).join(' and ')}.\n${stringify(readSettingsYaml(texts).value, { aliasDuplicateObjects: false })}`;
};

/**
 * Compares the files with a text that was read before they were checked.
 * @throws PermanentError if someone has changed them since
 */
export const assertUnchanged = (paths: ConfigPaths, text: string): void => {
  if (packagedText(paths) !== text)
    throw new PermanentError(
      `${pathsText(paths)} was changed while this command worked, so the checks are about another file. Nothing was done. Run it again.`,
    );
};
