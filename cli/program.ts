import { Command, CommanderError } from 'commander';
import { PermanentError } from '../shared/core/errors.ts';
import { usualStage } from '../shared/core/stack.ts';
import type { CommandDefinition, Start } from './command-definition.ts';
import { accountsCommand } from './commands/accounts/command.ts';
import { adoptCommand } from './commands/adopt.ts';
import { bootCommand } from './commands/boot/command.ts';
import { completionCommand } from './commands/completion/command.ts';
import { credentialsCommand } from './commands/credentials/command.ts';
import { demoCommand } from './commands/demo/command.ts';
import { deployCommand } from './commands/deploy/command.ts';
import { doctorCommand } from './commands/doctor/command.ts';
import { explainCommand } from './commands/explain/command.ts';
import { forgetCommand } from './commands/forget.ts';
import { guardCommand } from './commands/guard/command.ts';
import { historyCommand } from './commands/history/command.ts';
import { initCommand } from './commands/init/command.ts';
import { keysCommand } from './commands/keys/command.ts';
import { localCommand } from './commands/local/command.ts';
import { memberCommand } from './commands/member/command.ts';
import { permissionsCommand } from './commands/permissions/command.ts';
import { planCommand } from './commands/plan/command.ts';
import { removeCommand } from './commands/remove/command.ts';
import { reportCommand } from './commands/report/command.ts';
import { resumeCommand } from './commands/resume.ts';
import { revokeCommand } from './commands/revoke/command.ts';
import { rolesCommand } from './commands/roles/command.ts';
import { setupCommand } from './commands/setup/command.ts';
import { sweepCommand } from './commands/sweep.ts';
import { validateCommand } from './commands/validate/command.ts';
import { waitCommand } from './commands/wait/command.ts';
import { checkedConfig } from './config-option.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { showFailure } from './failure.ts';
import { checkedStage } from './stage.ts';
import { createTerminal, documentText, fitted, type Terminal, type TerminalOptions } from './terminal.ts';

/** Where the program lies, and what ends it. */
interface Place {
  readonly root: string;
  readonly version: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs the command line. With --json, a usage error is a document, too. */
export const runCommandLine = async (
  { root, version, signal }: Place,
  args: readonly string[],
): Promise<void> => {
  const isJson = jsonIsAsked(args);
  const writeError = isJson ? () => undefined : writeFitted;
  try {
    await createProgram(root, version, signal, writeError).parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode;
    if (isJson && thrown.exitCode !== exitCodes.done)
      process.stdout.write(`${documentText({ error: { message: usageMessage(thrown) } })}\n`);
  }
};

/** A usage error comes before the options are known. Anything after `--` is an argument. */
const jsonIsAsked = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--json' || arg.startsWith('--json='));
};

const usageMessage = ({ code, message }: CommanderError): string =>
  code === 'commander.help'
    ? 'Pass a command. "rolebridge --help" lists them.'
    : message.replace(/^error: /, '');

/** The command line, with all its commands. */
export const createProgram = (
  root: string,
  version: string,
  signal: AbortSignal,
  writeError: (text: string) => void = writeFitted,
): Command => {
  const program = new Command('rolebridge')
    // Sub-commands inherit both.
    .exitOverride()
    // Every command has the global options, so its help lists them too.
    .configureHelp({ showGlobalOptions: true })
    .description(
      'Tag an AWS IAM role, and every workload that runs as it reaches Google Cloud without a key.',
    )
    .version(version)
    .option('--stage <name>', 'which deployment to use, such as dev', usualStage)
    .option('--config <file>', "use exactly this file as rolebridge.yml, without a stage's override file")
    .option('--json', 'print one JSON document on standard output, for scripts')
    .option('--verbose', 'show full errors and progress details')
    .option('--no-color', 'no colors (same as NO_COLOR=1)')
    .addHelpText(
      'after',
      '\nExit codes: 0 success, 1 failure, 2 differences found, 130 ended by Ctrl-C.\nrolebridge.yml is read from the current folder or the nearest one above it, with the overrides of rolebridge.<stage>.yml beside it. --config, or else ROLEBRIDGE_CONFIG, names exactly one file.',
    )
    .configureOutput({
      writeOut: (text) => process.stdout.write(fitted(text, process.stdout)),
      writeErr: writeError,
    })
    // Checked below, with a suggestion.
    .allowExcessArguments();
  for (const define of definitions) define(program, startAt(root, signal));
  addHelp(program);
  nameHelpAfterError(program, program.name());
  return program;
};

/** After a usage error, names the help of the command itself, which lists its options. */
const nameHelpAfterError = (command: Command, path: string): void => {
  command.showHelpAfterError(`(see ${path} --help)`);
  for (const child of command.commands) nameHelpAfterError(child, `${path} ${child.name()}`);
};

/** Writes to standard error. */
const writeFitted = (text: string): void => void process.stderr.write(fitted(text, process.stderr));

/** Commander's own `help` finds no command of a group, as in `help credentials serve`. */
const addHelp = (program: Command): void => {
  program.helpCommand(false);
  program
    .command('help')
    .argument('[command...]', 'such as: plan, or credentials serve')
    .description('show the help of a command')
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names)
        command =
          command.commands.find((one) => one.name() === name) ??
          program.error(`error: unknown command '${names.join(' ')}'`);
      command.help();
    });
};

/** In the order of `--help`: administration, workloads, this machine. */
const definitions: readonly CommandDefinition[] = [
  initCommand,
  validateCommand,
  accountsCommand,
  setupCommand,
  deployCommand,
  planCommand,
  doctorCommand,
  rolesCommand,
  historyCommand,
  reportCommand,
  keysCommand,
  waitCommand,
  revokeCommand,
  sweepCommand,
  resumeCommand,
  forgetCommand,
  adoptCommand,
  memberCommand,
  permissionsCommand,
  removeCommand,
  guardCommand,
  explainCommand,
  bootCommand,
  credentialsCommand,
  localCommand,
  demoCommand,
  completionCommand,
];

/** Runs a command, and shows anything that it throws in one line. */
const startAt =
  (root: string, signal: AbortSignal): Start =>
  (run) =>
  async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<TerminalOptions>();
    const terminal = createTerminal(options, root, signal);
    try {
      checkedStage(options.stage);
      checkedConfig(options.config);
      assertNoExcess(command);
      const runWith = run as (terminal: Terminal, ...rest: readonly unknown[]) => Promise<ExitCode>;
      process.exitCode = await runWith(terminal, ...args.slice(0, -2), options);
    } catch (thrown) {
      process.exitCode = showFailure(terminal, thrown);
    }
  };

/** @throws PermanentError that suggests `--role reports` for `reports`, where there is such an option */
const assertNoExcess = (command: Command): void => {
  const { registeredArguments, args, options } = command;
  if (registeredArguments.at(-1)?.variadic === true) return;
  const excess = args.slice(registeredArguments.length);
  if (excess.length === 0) return;
  const hasRole = options.some(({ long }) => long === '--role');
  const hint = hasRole ? ` Did you mean ${excess.map((name) => `--role ${name}`).join(' ')}?` : '';
  throw new PermanentError(`Too many arguments for ${command.name()}: ${excess.join(' ')}.${hint}`);
};
