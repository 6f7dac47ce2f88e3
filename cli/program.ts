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

  const list = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

  program
    .command('plan')
    .description('shows what the deployed functions would do now, and changes nothing')
    .option('--role <name>', 'only this role (may be repeated)', list)
    .option('--account <id>', 'only this AWS account')
    .option('--tag <key=value>', 'as if the role of --role had this tag (may be repeated)', list)
    .option('--untag <key>', 'as if the role of --role had lost this tag (may be repeated)', list)
    .option('--config <file>', 'as if this were rolebridge.yml')
    .addHelpText(
      'after',
      examples(
        'rolebridge plan',
        'rolebridge plan --role reports --tag google-access=reader@acme-data.iam.gserviceaccount.com',
        'rolebridge plan --role reports --untag google-access',
        'rolebridge plan --config new-rolebridge.yml    what a narrower guardrail would take away',
      ),
    )
    .action(start(async () => (await import('./commands/plan.ts')).plan));

  program
    .command('roles')
    .description('lists what each role has, wants and was refused; what ends first comes first')
    .option('--role <name>', 'only this role (may be repeated)', list)
    .addHelpText('after', examples('rolebridge roles', 'rolebridge roles --json | jq ".roles[].target"'))
    .action(start(async () => (await import('./commands/roles.ts')).roles));

  program
    .command('explain')
    .description('says what an error text means, which link of the chain it comes from, and what to do next')
    .argument('[text...]', 'the error; standard input if left out')
    .addHelpText(
      'after',
      examples(
        `rolebridge explain "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)"`,
        'journalctl -u app | rolebridge explain',
      ),
    )
    .action(start(async () => (await import('./commands/explain.ts')).explain));

  program
    .command('revoke')
    .description('takes access away: one role by its tag, or everything before the stack is removed')
    .option('--role <name>', 'untag this role, and wait until its access is gone')
    .option('--all', 'stop the rules, take every binding and parameter of ours away, and prove it')
    .option('--yes', 'do not ask')
    .option('--timeout <seconds>', 'wait for the functions at most so long', '300')
    .addHelpText(
      'after',
      examples('rolebridge revoke --role reports', 'rolebridge revoke --all    before "serverless remove"'),
    )
    .action(start(async () => (await import('./commands/revoke.ts')).revoke));

  program
    .command('sweep')
    .description('asks the deployed function to compare everything with everything now')
    .option('--approve <hash>', 'let the held revocations pass that this hash names')
    .addHelpText('after', examples('rolebridge sweep', 'rolebridge sweep --approve 0f3a9c2e51b7d684'))
    .action(start(async () => (await import('./commands/sweep.ts')).sweep));

  program
    .command('boot')
    .description('prints what an EC2 instance needs to fetch its configs, filled in for this stack')
    .addOption(
      new Option('--print <what>', 'what to print')
        .choices(['cloud-init', 'user-data', 'systemd', 'script', 'policy'])
        .makeOptionMandatory(),
    )
    .option('--role <name>', 'with policy: the role that may read its own parameters')
    .addHelpText(
      'after',
      examples(
        'rolebridge boot --print user-data > user-data.sh',
        'rolebridge boot --print policy --role reports',
        'rolebridge boot --print systemd --json | jq -r ".files[].path"',
      ),
    )
    .action(start(async () => (await import('./commands/boot.ts')).boot));

  const local = program
    .command('local')
    .description('both clouds on this machine, with the packaged stack between them');
  local
    .command('up')
    .description('starts them with an example, says how to reach them, and stays until Ctrl-C')
    .option('--minutes <number>', 'end after so long', '480')
    .addHelpText('after', examples('rolebridge local up', 'rolebridge local up --json'))
    .action(start(async () => (await import('./commands/local-up.ts')).localUp));

  program
    .command('demo')
    .description("shows one role's story in the local world, in ten seconds")
    .action(start(async () => (await import('./commands/demo.ts')).demo));

  return program;
};
