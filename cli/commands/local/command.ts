import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { LocalUpOptions } from './local-up.ts';

export const localCommand: CommandDefinition = (program, start) => {
  program
    .command('local')
    .description('run both clouds on this machine, with the packaged stack between them')
    .command('up')
    .description('start both clouds with example roles, print how to reach them, and run until Ctrl-C')
    .option('--empty', 'start them without rolebridge, to install it yourself')
    .option(
      '--accounts <number>',
      'how many AWS accounts the organization has, including the home account',
      '1',
    )
    .option('--minutes <number>', 'stop after this many minutes', '480')
    .addHelpText(
      'after',
      examples(
        'rolebridge local up',
        'rolebridge local up --accounts 3',
        'rolebridge local up --empty',
        'rolebridge local up --json',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: LocalUpOptions) =>
        (await import('./local-up.ts')).localUp(terminal, options),
      ),
    );
};
