import type { Command } from 'commander';

/** A command, or the program itself, as a shell completes it. */
export interface CommandWords {
  /** `credentials serve`; empty for the program. */
  readonly path: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  /** Values of its first argument. */
  readonly choices: readonly string[];
  readonly options: readonly OptionWords[];
}

export interface OptionWords {
  /** `--output`, `-o` */
  readonly flags: readonly string[];
  readonly description: string;
  readonly value:
    | 'none'
    | 'any'
    | 'file'
    | 'stage'
    | 'roles'
    | 'grants'
    | { readonly choices: readonly string[] };
}

/** All commands of the program, with their options and those of the program. */
export const commandWords = (program: Command): readonly CommandWords[] => wordsOf(program, '', []);

const wordsOf = (
  command: Command,
  path: string,
  inherited: readonly OptionWords[],
): readonly CommandWords[] => {
  const help = command.createHelp();
  const own = help.visibleOptions(command).map(
    ({ long, short, description, required, optional, argChoices, flags }): OptionWords => ({
      flags: [long, short].filter((flag): flag is string => typeof flag === 'string'),
      description,
      value: valueOf({ long, flags, argChoices, takesValue: required || optional }),
    }),
  );
  const isInherited = ({ flags }: OptionWords): boolean =>
    flags.includes('--help') || flags.includes('--version');
  const options = [...own, ...inherited];
  const subcommands = help.visibleCommands(command).map((one) => ({
    name: one.name(),
    description: one.description(),
  }));
  return [
    { path, subcommands, choices: [...(command.registeredArguments[0]?.argChoices ?? [])], options },
    ...command.commands.flatMap((one) =>
      wordsOf(
        one,
        `${path} ${one.name()}`.trim(),
        options.filter((option) => !isInherited(option)),
      ),
    ),
  ];
};

interface OptionValue {
  readonly long?: string | undefined;
  readonly flags: string;
  readonly argChoices?: readonly string[] | undefined;
  readonly takesValue: boolean;
}

const valueOf = ({ long, flags, argChoices, takesValue }: OptionValue): OptionWords['value'] => {
  if (!takesValue) return 'none';
  if (argChoices !== undefined) return { choices: argChoices };
  if (long === '--stage') return 'stage';
  if (long === '--role') return 'roles';
  if (long === '--grant') return 'grants';
  return /<(?:file|path)>/.test(flags) ? 'file' : 'any';
};
