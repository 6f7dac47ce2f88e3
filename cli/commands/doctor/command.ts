import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { DoctorOptions } from './doctor.ts';

export const doctorCommand: CommandDefinition = (program, start) => {
  program
    .command('doctor')
    .description(
      'check every link of the chain from a tag to a token, and show how to fix problems; read-only',
    )
    .option('--role <name>', 'only this role, in detail (repeatable)', list)
    .option('--account <id>', 'check only this one of the other AWS accounts')
    .option('--all', 'list the checks that passed, too')
    .option('--exchange', 'ask Google for a token as the role that this command runs as')
    .addHelpText(
      'after',
      examples(
        'rolebridge doctor',
        'rolebridge doctor --role reports',
        'rolebridge doctor --account 444455556666',
        'rolebridge doctor --exchange    # on an instance that has the role',
        'rolebridge doctor --json',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: DoctorOptions) =>
        (await import('./doctor.ts')).doctor(terminal, options),
      ),
    );
};
