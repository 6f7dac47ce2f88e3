import { Option } from 'commander';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { RolesOptions } from './roles.ts';

export const rolesCommand: CommandDefinition = (program, start) => {
  program
    .command('roles')
    .description('list what each role has, requests and was refused, sorted by expiry')
    .option('--role <name>', 'only this role (repeatable)', list)
    .addOption(
      new Option('-o, --output <format>', 'output format; json is the same as --json').choices([
        'table',
        'json',
        'csv',
      ]),
    )
    .hook('preAction', (_program, command) => {
      // The terminal reads the global option.
      if (command.opts<RolesOptions>().output === 'json') program.setOptionValue('json', true);
    })
    .addHelpText(
      'after',
      examples(
        'rolebridge roles',
        'rolebridge roles --json | jq ".roles[].target"',
        'rolebridge roles -o csv > access.csv',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: RolesOptions) =>
        (await import('./roles.ts')).roles(terminal, options),
      ),
    );
};
