import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { RemoveOptions } from './remove.ts';

export const removeCommand: CommandDefinition = (program, start) => {
  program
    .command('remove')
    .description('remove the stack, after "revoke --all" has removed all access')
    .option('--yes', 'do not ask for confirmation')
    .option('--keep-access', 'remove the stack even if roles keep access that no function can then revoke')
    .addHelpText('after', examples('rolebridge revoke --all && rolebridge remove', 'rolebridge remove --yes'))
    .action(
      start(async (terminal: Terminal, options: RemoveOptions) =>
        (await import('./remove.ts')).remove(terminal, options),
      ),
    );
};
