import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { AccountsOptions } from './accounts.ts';

export const accountsCommand: CommandDefinition = (program, start) => {
  program
    .command('accounts')
    .description('compare the accounts of rolebridge.yml with AWS Organizations, and edit the file')
    .option('--ou <id>', 'add only accounts below this organizational unit or root (repeatable)', list)
    .option('--write', 'add and remove accounts in rolebridge.yml, after asking')
    .option('--yes', 'with --write: do not ask for confirmation')
    .addHelpText(
      'after',
      examples(
        'rolebridge accounts',
        'rolebridge accounts --ou ou-a1b2-c3d4e5f6 --write',
        'rolebridge accounts --write --yes    in a scheduled job',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: AccountsOptions) =>
        (await import('./accounts.ts')).accounts(terminal, options),
      ),
    );
};
