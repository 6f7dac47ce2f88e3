import { type Definitions, examples } from '../command-definition.ts';

/** Of rolebridge's commands: what runs on this machine alone. */
export const localCommands: Definitions = (program, start) => {
  const local = program
    .command('local')
    .description('both clouds on this machine, with the packaged stack between them');
  local
    .command('up')
    .description('starts them with an example, says how to reach them, and stays until Ctrl-C')
    .option('--minutes <number>', 'end after so long', '480')
    .addHelpText('after', examples('rolebridge local up', 'rolebridge local up --json'))
    .action(start(async () => (await import('../commands/local/local-up.ts')).localUp));

  program
    .command('demo')
    .description("shows one role's story in the local world, in ten seconds")
    .action(start(async () => (await import('../commands/demo/demo.ts')).demo));
};
