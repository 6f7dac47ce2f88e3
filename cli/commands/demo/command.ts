import type { CommandDefinition } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';

export const demoCommand: CommandDefinition = (program, start) => {
  program
    .command('demo')
    .description("show one role's story in the local world, in ten seconds")
    .action(start(async (terminal: Terminal) => (await import('./demo.ts')).demo(terminal)));
};
