import { Option } from 'commander';
import { type Definitions, examples, list } from '../command-definition.ts';

/** Of rolebridge's commands: what an administrator starts: it looks at both clouds, and changes them after asking. */
export const administrationCommands: Definitions = (program, start) => {
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
    .option('--opt-in <email>', 'let rolebridge edit this service account; may be repeated', list, [])
    .option(
      '--opt-in-project <id>',
      'let rolebridge edit EVERY service account of a project; may be repeated',
      list,
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
    .action(start(async () => (await import('../commands/setup/setup.ts')).setup));

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
    .action(start(async () => (await import('../commands/plan/plan.ts')).plan));

  program
    .command('doctor')
    .description('checks every link of the chain from a tag to a token, and says what to do; reads only')
    .option('--role <name>', 'only this role, and in detail (may be repeated)', list)
    .option('--exchange', 'ask Google for a token as the role that this command runs as')
    .addHelpText(
      'after',
      examples(
        'rolebridge doctor',
        'rolebridge doctor --role reports',
        'rolebridge doctor --exchange    on an instance that has the role',
        'rolebridge doctor --json',
      ),
    )
    .action(start(async () => (await import('../commands/doctor/doctor.ts')).doctor));

  program
    .command('roles')
    .description('lists what each role has, wants and was refused; what ends first comes first')
    .option('--role <name>', 'only this role (may be repeated)', list)
    .addHelpText('after', examples('rolebridge roles', 'rolebridge roles --json | jq ".roles[].target"'))
    .action(start(async () => (await import('../commands/roles/roles.ts')).roles));

  program
    .command('revoke')
    .description('takes access away: one role by its tag, or everything before the stack is removed')
    .option('--role <name>', 'untag this role, and wait until its access is gone')
    .option('--all', 'stop the rules, let the functions take everything of ours away, and prove it')
    .option('--yes', 'do not ask')
    .option('--timeout <seconds>', 'wait for the functions at most so long', '300')
    .addHelpText(
      'after',
      examples('rolebridge revoke --role reports', 'rolebridge revoke --all    before "serverless remove"'),
    )
    .action(start(async () => (await import('../commands/revoke/command.ts')).revoke));

  program
    .command('sweep')
    .description('asks the deployed function to compare everything with everything now')
    .option('--approve <hash>', 'let the held revocations pass that this hash names')
    .option('--accept-table', 'answer for what an emptied ledger may have forgotten (docs/operations.md)')
    .addHelpText('after', examples('rolebridge sweep', 'rolebridge sweep --approve 0f3a9c2e51b7d684'))
    .action(start(async () => (await import('../commands/sweep.ts')).sweep));

  program
    .command('resume')
    .description('after "revoke --all": starts the rules, and grants again what the tags ask for')
    .addHelpText('after', examples('rolebridge resume'))
    .action(start(async () => (await import('../commands/resume.ts')).resume));

  program
    .command('forget')
    .description('lets the ledger forget what nobody can prove gone: a deleted project, account or resource')
    .option('--project <id>', 'a Google project that was deleted')
    .option('--account <id>', 'an AWS account that was closed')
    .option('--resource <name>', "a service account's e-mail")
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples('rolebridge forget --project acme-old', 'rolebridge forget --account 444455556666'),
    )
    .action(start(async () => (await import('../commands/forget.ts')).forget));

  program
    .command('guard')
    .description(
      'prints the AWS service control policy that reserves the tags, and the names of the functions’ roles',
    )
    .option('--print <what>', 'scp', 'scp')
    .option('--tagger <arn>', 'who may set and take the tags (may be repeated; * and ? are wildcards)', list)
    .option('--deployer <arn>', "who may make and change the functions' roles (may be repeated)", list)
    .addHelpText(
      'after',
      examples(
        "rolebridge guard --tagger 'arn:aws:iam::*:role/platform-*' --deployer arn:aws:iam::111122223333:role/deploy > scp.json",
      ),
    )
    .action(start(async () => (await import('../commands/guard/command.ts')).guard));
};
