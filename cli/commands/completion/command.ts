import { Argument } from 'commander';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { Shell } from './completion.ts';

export const completionCommand: CommandDefinition = (program, start) => {
  program
    .command('completion')
    .description('print a script that completes commands, options and stages in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        'rolebridge completion bash > ~/.local/share/bash-completion/completions/rolebridge',
        'rolebridge completion fish > ~/.config/fish/completions/rolebridge.fish',
        'rolebridge completion zsh >> ~/.zshrc    after compinit',
      ),
    )
    .action(
      start(async (terminal: Terminal, shell: Shell) =>
        (await import('./completion.ts')).completion(terminal, shell, program),
      ),
    );
};
