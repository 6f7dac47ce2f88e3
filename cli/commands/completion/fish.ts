import type { CommandWords, OptionWords } from './command-words.ts';

export const fishScript = (commands: readonly CommandWords[]): string =>
  [
    '# Completion of rolebridge. Made by "rolebridge completion"; make it again after an upgrade.',
    'function __rolebridge_stages',
    '  echo prod',
    String.raw`  for file in rolebridge.*.yml; string match -rq '^rolebridge\.(?<stage>[A-Za-z0-9-]+)\.yml$' -- $file; and test $stage != example; and echo $stage; end`,
    'end',
    // Names come from a cloud: only those that a shell reads as plain words are offered.
    'function __rolebridge_names',
    '  set -l words (commandline -opc)',
    '  type -q $words[1]; or return',
    '  set -l options',
    '  set -l before',
    '  for word in $words',
    '    contains -- "$before" --stage --config --role; and set -a options "$before=$word"',
    '    set before $word',
    '  end',
    String.raw`  $words[1] completion $argv[1] $options 2>/dev/null </dev/null | string match -r '^[\w+.,@][\w+=,.@-]*$'`,
    'end',
    'complete -c rolebridge -f',
    ...commands.flatMap((command) => [
      ...command.subcommands.map(
        ({ name, description }) =>
          `complete -c rolebridge -n ${conditionOf(command)} -a ${name} -d ${quoted(description)}`,
      ),
      ...(command.choices.length === 0
        ? []
        : [`complete -c rolebridge -n ${conditionOf(command)} -a ${quoted(command.choices.join(' '))}`]),
      ...command.options.map(
        (option) =>
          `complete -c rolebridge -n ${conditionOf(command)}${option.flags.map(flagOf).join('')}${valueOf(option)} -d ${quoted(option.description)}`,
      ),
    ]),
  ].join('\n');

/** The command is named, and none of its own sub-commands. */
const conditionOf = ({ path, subcommands }: CommandWords): string => {
  const named = path === '' ? [] : path.split(' ').map((name) => `__fish_seen_subcommand_from ${name}`);
  const without =
    subcommands.length === 0
      ? []
      : [`not __fish_seen_subcommand_from ${subcommands.map(({ name }) => name).join(' ')}`];
  return quoted([...named, ...without].join('; and '));
};

const flagOf = (flag: string): string =>
  flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`;

const valueOf = ({ value }: OptionWords): string => {
  if (value === 'none') return '';
  if (value === 'any') return ' -x';
  if (value === 'file') return ' -r -F';
  if (value === 'roles' || value === 'grants') return ` -x -a '(__rolebridge_names ${value})'`;
  return ` -x -a ${value === 'stage' ? "'(__rolebridge_stages)'" : quoted(value.choices.join(' '))}`;
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
