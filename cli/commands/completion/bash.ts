import type { CommandWords, OptionWords } from './command-words.ts';

/** zsh runs it through its own emulation of bash's completion. */
export const zshScript = (commands: readonly CommandWords[]): string =>
  `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;

/**
 * It reads file names of the current folder, for the stages, and starts rolebridge for names of roles and grants. It uses
 * nothing that differs between bash and zsh.
 */
export const bashScript = (commands: readonly CommandWords[]): string =>
  [
    '# Completion of rolebridge. Made by "rolebridge completion"; make it again after an upgrade.',
    '_rolebridge() {',
    '  local program="$1" current="$2" previous="$3" at=0 route="" words="" word before="" stage="" config="" role=""',
    '  for word in "${COMP_WORDS[@]}"; do',
    '    if [ "$at" -gt 0 ] && [ "$at" -lt "$COMP_CWORD" ]; then',
    `      case "\${route:+$route }$word" in`,
    `        ${commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|')}) route="\${route:+$route }$word" ;;`,
    '      esac',
    '      case "$before" in',
    '        --stage) stage="$word" ;;',
    '        --config) config="$word" ;;',
    '        --role) role="$word" ;;',
    '      esac',
    '    fi',
    '    before="$word"',
    '    at=$((at + 1))',
    '  done',
    '  case "$route $previous" in',
    ...commands.flatMap(({ path, options }) => options.flatMap((option) => valueCase(path, option))),
    '  esac',
    '  case "$route" in',
    ...commands.map((command) => `    '${command.path}') words='${wordsOf(command).join(' ')}' ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // Names come from a cloud: only those that a shell reads as plain words are offered, and none is expanded.
    '_rolebridge_names() {',
    '  local name',
    '  COMPREPLY=()',
    '  while IFS= read -r name; do',
    '    case "$name" in',
    `      '' | [=-]* | *[!A-Za-z0-9_+=,.@-]*) ;;`,
    '      "$current"*) COMPREPLY+=("$name") ;;',
    '    esac',
    '  done <<END',
    '$("$program" completion "$1" ${stage:+"--stage=$stage"} ${config:+"--config=$config"} ${role:+"--role=$role"} 2>/dev/null </dev/null)',
    'END',
    '}',
    'complete -F _rolebridge rolebridge',
  ].join('\n');

const wordsOf = ({ subcommands, choices, options }: CommandWords): readonly string[] => [
  ...subcommands.map(({ name }) => name),
  ...choices,
  ...options.flatMap(({ flags }) => flags),
];

const valueCase = (path: string, { flags, value }: OptionWords): readonly string[] => {
  if (value === 'none') return [];
  return [`    ${flags.map((flag) => `'${path} ${flag}'`).join('|')}) ${replyOf(value)}; return ;;`];
};

const stages = String.raw`$(ls 2>/dev/null | sed -n 's/^rolebridge\.\([A-Za-z0-9-]*\)\.yml$/\1/p' | grep -v '^example$')`;

const replyOf = (value: Exclude<OptionWords['value'], 'none'>): string => {
  if (value === 'any') return 'COMPREPLY=()';
  if (value === 'file') return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (value === 'roles' || value === 'grants') return `_rolebridge_names ${value}`;
  const words = value === 'stage' ? `prod ${stages}` : value.choices.join(' ');
  return `COMPREPLY=($(compgen -W "${words}" -- "$current"))`;
};
