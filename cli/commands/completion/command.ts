import { Argument } from 'commander';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { Shell } from './completion.ts';
import type { NameList, NameOptions } from './known-names.ts';

export const completionCommand: CommandDefinition = (program, start) => {
  program
    .command('completion')
    .description('print a script that completes commands, options, stages, roles and grants in your shell')
    .addArgument(
      new Argument(
        '<shell>',
        'your shell; roles and grants print the names that the scripts complete',
      ).choices(['bash', 'zsh', 'fish', 'roles', 'grants']),
    )
    .option('--role <name>', 'for "grants": the grants of this role')
    // A person waits for the key that was pressed.
    .option(
      '--within <seconds>',
      'for "roles" and "grants": print those that can be read in this time',
      '1.5',
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge completion bash > ~/.local/share/bash-completion/completions/rolebridge',
        'rolebridge completion fish > ~/.config/fish/completions/rolebridge.fish',
        'rolebridge completion zsh >> ~/.zshrc    # after compinit',
      ),
    )
    .action(
      start(async (terminal: Terminal, what: Shell | NameList, options: NameOptions) =>
        what === 'roles' || what === 'grants'
          ? (await import('./known-names.ts')).knownNames(terminal, what, options)
          : (await import('./completion.ts')).completion(terminal, what, program),
      ),
    );
};
