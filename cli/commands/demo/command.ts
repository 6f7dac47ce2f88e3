import type { CommandDefinition } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';

export const demoCommand: CommandDefinition = (program, start) => {
  program
    .command('demo')
    .description('tag, use and untag roles of two AWS accounts in a local world (10 seconds)')
    .action(start(async (terminal: Terminal) => (await import('./demo.ts')).demo(terminal)));
};
