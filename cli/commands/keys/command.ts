import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { KeysOptions } from './keys.ts';

export const keysCommand: CommandDefinition = (program, start) => {
  program
    .command('keys')
    .description(
      'show evidence about service account keys that federated access may have replaced; read-only',
    )
    .option('--all', 'of every service account in google.projects, not only of those with a grant')
    .option('--idle-days <number>', 'a key counts as idle after so many days without use', usualIdleDays)
    .addHelpText('after', examples('rolebridge keys', 'rolebridge keys --all --idle-days 100'))
    .action(
      start(async (terminal: Terminal, options: KeysOptions) =>
        (await import('./keys.ts')).keys(terminal, options),
      ),
    );
};

/** As long as Google's own recommendations wait before they call a service account unused. It covers three monthly jobs, and no quarterly one. */
const usualIdleDays = '90';
