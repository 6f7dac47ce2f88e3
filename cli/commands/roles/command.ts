import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { RolesOptions } from './roles.ts';

export const rolesCommand: CommandDefinition = (program, start) => {
  program
    .command('roles')
    .description('list what each role has, requests and was refused, sorted by expiry')
    .option('--role <name>', 'only this role (repeatable)', list)
    .addHelpText('after', examples('rolebridge roles', 'rolebridge roles --json | jq ".roles[].target"'))
    .action(
      start(async (terminal: Terminal, options: RolesOptions) =>
        (await import('./roles.ts')).roles(terminal, options),
      ),
    );
};
