import { usualIdleDays } from '../../../shared/keys/usual-idle-days.ts';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { KeysOptions } from './keys.ts';

export const keysCommand: CommandDefinition = (program, start) => {
  program
    .command('keys')
    .description(
      'show evidence about service account keys that federated access may have replaced; read-only',
    )
    .option('--all', 'show the keys of every service account in google.projects, not only those with a grant')
    .option(
      '--idle-days <number>',
      'a key counts as idle after this many days without use',
      String(usualIdleDays),
    )
    .addHelpText('after', examples('rolebridge keys', 'rolebridge keys --all --idle-days 100'))
    .action(
      start(async (terminal: Terminal, options: KeysOptions) =>
        (await import('./keys.ts')).keys(terminal, options),
      ),
    );
};
