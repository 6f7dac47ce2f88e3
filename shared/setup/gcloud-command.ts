import { lastOf, projectOfName } from './step.ts';

/** A command: its words, then its options. */
export interface Command {
  /** @default 'gcloud' */
  readonly program?: 'bq';
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
}

/** One line if it has up to 100 characters, otherwise one line per option. */
export const lineOf = ({ program, words, options }: Command, before: readonly string[] = []): string => {
  const head = [...before, program ?? 'gcloud', ...words.map(quoted)].join(' ');
  const rest = Object.entries(options).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${quoted(value)}`,
  );
  const line = [head, ...rest].join(' ');
  return line.length <= 100 ? line : [head, ...rest].join(' \\\n  ');
};

/** A POSIX shell takes everything between single quotes literally, except the quote itself. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

export const comment = (text: string): string => text.replaceAll(/^/gm, '# ');

export const pools = (
  project: string,
  verb: string,
  name: string,
  options: Command['options'] = {},
): Command => ({
  words: ['iam', 'workload-identity-pools', verb, lastOf(name)],
  options: { project, location: 'global', ...options },
});

export const roles = (verb: string, name: string, options: Command['options'] = {}): Command => ({
  words: ['iam', 'roles', verb, lastOf(name)],
  options: { project: projectOfName(name), ...options },
});

/** `gcloud topic escaping`: if a value contains a comma, the dictionary starts with another delimiter. */
export const dictionary = (entries: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(entries).map(([key, value]) => `${key}=${value}`);
  const delimiter =
    [',', ';', '|', '~', '#'].find((mark) => !pairs.some((pair) => pair.includes(mark))) ?? '::';
  return `${delimiter === ',' ? '' : `^${delimiter}^`}${pairs.join(delimiter)}`;
};
