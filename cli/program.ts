import { Command, Option } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { showFailure } from './failure.ts';
import { createTerminal, type Terminal, type TerminalOptions } from './terminal.ts';

type Run = (terminal: Terminal, ...args: never[]) => Promise<ExitCode>;

/** The commands of rolebridge. Each loads its own code when it is started, so that `--help` is quick. */
export const createProgram = (root: string, version: string, signal: AbortSignal): Command => {
  const program = new Command('rolebridge');
  /** Runs a command; whatever it throws is told in one line. */
  const start =
    (load: () => Promise<Run>) =>
    async (...args: readonly unknown[]): Promise<void> => {
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
  const examples = (...lines: readonly string[]): string =>
    `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

  program
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

  const collected = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];
  program
    .command('setup')
    .description('makes the Google side: pool, provider, service account, roles; run again, it repairs them')
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'show the plan and do nothing (exit code 2 if there is something to do)')
    .addOption(
      new Option('--print <format>', 'print the plan as commands to review and run, and do nothing').choices([
        'gcloud',
      ]),
    )
    .option('--opt-in <email>', 'let rolebridge edit this service account; may be repeated', collected, [])
    .option(
      '--opt-in-project <id>',
      'let rolebridge edit EVERY service account of a project; may be repeated',
      collected,
      [],
    )
    .option('--adopt', 'take over a pool that rolebridge did not make; shows first whose access would end')
    .addHelpText(
      'after',
      examples(
        'rolebridge setup --dry-run',
        'rolebridge setup --opt-in reader@acme-data.iam.gserviceaccount.com',
        'rolebridge setup --print gcloud > setup.sh',
        'rolebridge setup --adopt --dry-run',
      ),
    )
    .action(start(async () => (await import('./commands/setup.ts')).setup));

  program
    .command('sweep')
    .description('asks the deployed function to compare everything with everything now')
    .option('--approve <hash>', 'let the held revocations pass that this hash names')
    .addHelpText('after', examples('rolebridge sweep', 'rolebridge sweep --approve 0f3a9c2e51b7d684'))
    .action(start(async () => (await import('./commands/sweep.ts')).sweep));

  return program;
};
