import { ConfigError } from './error.ts';
import { fileBytes } from './file-bytes.ts';
import { layered } from './layers.ts';
import { type ConfigPaths, pathsText } from './paths.ts';
import { readYaml, type YamlText } from './yaml.ts';

export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** rolebridge.yml, and behind it the stage's override file, if there is one. */
export type ConfigTexts = readonly [base: ConfigText, ...overrides: ConfigText[]];

/**
 * Reads the YAML without checking the settings in it.
 * @throws ConfigError if it is not YAML, or empty
 */
export const readSettingsYaml = (texts: ConfigTexts): YamlText => {
  const [base, ...overrides] = texts;
  const first = readYaml(base.text, base.path);
  const rest = overrides.map(({ text, path }) => readYaml(text, path));
  const source = sourceOf(texts);
  if (first.isComplete && first.value === null)
    throw new ConfigError(source, [
      {
        file: base.path,
        message: `is empty. Copy rolebridge.example.yml to it, edit it, and run "rolebridge setup".`,
      },
    ]);
  if (![first, ...rest].every(({ isComplete }) => isComplete))
    throw new ConfigError(
      source,
      [first, ...rest].flatMap(({ problems }) => problems),
    );
  // An override file may have comments only.
  return rest.filter(({ value }) => value !== null).reduce(layered, first);
};

/** The files that an error of these settings may be in. */
export const sourceOf = ([base, ...overrides]: ConfigTexts): string =>
  pathsText([base.path, ...overrides.map(({ path }) => path)]);

/** @throws ConfigError with the next step if a file cannot be read, or is too large to be one */
export const readConfigTexts = ([base, ...overrides]: ConfigPaths): ConfigTexts => {
  const read = (path: string): ConfigText => ({ path, text: readConfigText(path) });
  return [read(base), ...overrides.map(read)];
};

const readConfigText = (path: string): string => {
  const text = decoded(path, fileBytes(path));
  // The parser takes such a text for one line, which may be a comment.
  if (text.includes('\r') && !text.includes('\n'))
    throw new ConfigError(path, [
      {
        file: path,
        message:
          'has line endings of CR alone, as on old Macs. Save it with LF (or CRLF) as its line endings.',
      },
    ]);
  return text;
};

const decoded = (path: string, bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(path, [{ file: path, message: 'is not UTF-8. Save it in this encoding.' }]);
  }
};
