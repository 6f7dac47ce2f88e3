import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { WaitCommandOptions } from './wait.ts';

export const waitCommand: CommandDefinition = (program, start) => {
  program
    .command('wait')
    .description('wait until a role has the access that its tags request; for pipelines; read-only')
    .requiredOption('--role <name>', 'required: the role to wait for')
    .option('--grant <name>', 'only this grant (default: all grants of the role)')
    .option('--exchange', 'run this where the role runs, and wait until Google gives it a token')
    .option(
      '--timeout <duration>',
      'how long to wait (90s, 10m, 1h); 0: check once, for at most a minute',
      '10m',
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge wait --role reports',
        'rolebridge wait --role reports --grant night --timeout 5m',
        'rolebridge wait --role reports --exchange    # on an instance that has the role',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: WaitCommandOptions) =>
        (await import('./wait.ts')).waitForAccess(terminal, options),
      ),
    );
};
