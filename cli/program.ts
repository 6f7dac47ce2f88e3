import { Command } from 'commander';
import type { Start } from './command-definition.ts';
import { administrationCommands } from './definitions/administration.ts';
import { localCommands } from './definitions/local.ts';
import { workloadCommands } from './definitions/workload.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { showFailure } from './failure.ts';
import { createTerminal, type Terminal, type TerminalOptions } from './terminal.ts';

/** The commands of rolebridge. */
export const createProgram = (root: string, version: string, signal: AbortSignal): Command => {
  const program = new Command('rolebridge');
  /** Runs a command; whatever it throws is told in one line. */
  const start: Start =
    (load) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const options = command.optsWithGlobals<TerminalOptions>();
      const terminal = createTerminal(options, root, signal);
      try {
        const run = (await load()) as (terminal: Terminal, ...rest: readonly unknown[]) => Promise<ExitCode>;
        process.exitCode = await run(terminal, ...args.slice(0, -2), options);
      } catch (thrown) {
        showFailure(terminal, thrown);
        process.exitCode = exitCodes.failed;
      }
    };

  program
    // Every command has them.
    .configureHelp({ showGlobalOptions: true })
    .description(
      'Tag an AWS IAM role, and every workload that runs as it reaches Google Cloud without a key.',
    )
    .version(version)
    .option('--stage <name>', 'the stage that was deployed', 'prod')
    .option('--json', 'one JSON document on standard output, for machines')
    .option('--verbose', 'the whole of an error, and what is done meanwhile')
    .option('--no-color', 'no colours (as NO_COLOR=1)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 there is a difference.\nrolebridge.yml is read from this folder, or from ROLEBRIDGE_CONFIG.',
    )
    .showHelpAfterError('(see rolebridge --help)');

  for (const define of [administrationCommands, workloadCommands, localCommands]) define(program, start);
  return program;
};
