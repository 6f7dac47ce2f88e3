import { Option } from 'commander';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { SetupCommandOptions } from './setup.ts';

type Options = SetupCommandOptions & { readonly undo?: boolean };

const optIns = ['adopt', 'optIn', 'optInProject', 'optInResource', 'optInProjectGrants', 'optInKeys'];

export const setupCommand: CommandDefinition = (program, start) => {
  program
    .command('setup')
    .description('create, repair or undo the Google side: pool, provider, service account, roles')
    .option('--yes', 'do not ask for confirmation')
    .option('--dry-run', 'show the plan and change nothing (exit code 2 if there is something to do)')
    .addOption(
      new Option(
        '--print <format>',
        'print the plan as commands to review and run, and change nothing',
      ).choices(['gcloud']),
    )
    .option('--opt-in <email>', 'let rolebridge edit this service account (repeatable)', list)
    .option(
      '--opt-in-project <id>',
      'let rolebridge edit EVERY service account of this project (repeatable)',
      list,
    )
    .option(
      '--opt-in-resource <name>',
      "let rolebridge edit this resource's allow policy, such as buckets/acme-in (repeatable)",
      list,
    )
    .option(
      '--opt-in-project-grants <id>',
      'let rolebridge give the Google roles that rules name on this project, and no others (repeatable)',
      list,
    )
    .option(
      '--opt-in-keys <member>',
      'let this person or group run "rolebridge keys", such as group:security@acme.com (repeatable)',
      list,
    )
    .option(
      '--adopt',
      'take over a pool that rolebridge did not create; the plan shows whose access would end',
    )
    .addOption(
      new Option(
        '--only-providers',
        'create and correct the providers of AWS accounts, and nothing else (for a scheduled job, with --yes)',
      ).conflicts([...optIns, 'undo']),
    )
    .addOption(
      new Option(
        '--undo',
        'remove what setup made in Google Cloud; refused while the stack is deployed or access is left',
      ).conflicts(optIns),
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge setup --dry-run',
        'rolebridge setup --opt-in reader@acme-data.iam.gserviceaccount.com',
        'rolebridge setup --opt-in-resource buckets/acme-in',
        'rolebridge setup --print gcloud > setup.sh',
        'rolebridge setup --adopt --dry-run',
        'rolebridge setup --only-providers --yes',
        'rolebridge setup --undo --dry-run',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: Options) =>
        options.undo === true
          ? (await import('./undo.ts')).undoSetup(terminal, options)
          : (await import('./setup.ts')).setup(terminal, options),
      ),
    );
};
