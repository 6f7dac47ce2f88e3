import { Option } from 'commander';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { PermissionsOptions } from './permissions.ts';

export const permissionsCommand: CommandDefinition = (program, start) => {
  program
    .command('permissions')
    .description('print the least permissions that a job needs, as a policy for AWS or commands for Google')
    .addOption(
      new Option('--print <job>', 'required: the job')
        .choices([
          'deployer',
          'deploy-checks',
          'cloudformation',
          'boundary',
          'accounts',
          'plan',
          'operator',
          'doctor',
          'setup',
          'scp',
        ])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--cloud <cloud>',
        'the side to print, for plan, operator and doctor (default: aws)',
      ).choices(['aws', 'google']),
    )
    .option(
      '--boundary <arn>',
      'for deployer and cloudformation: the permissions boundary that every role must have',
    )
    .option(
      '--part <number>',
      'for deployer and cloudformation: only this document, if it does not fit in one policy',
    )
    .option('--check <file>', "for boundary: compare your own boundary's JSON with what the functions need")
    .option(
      '--tagger <arn>',
      'for scp, required: a principal that may set and remove the tags (repeatable; * and ? are wildcards)',
      list,
    )
    .option(
      '--deployer <arn>',
      "for scp, required: a principal that may deploy the stack, and so create and change the functions' roles (repeatable; * and ? are wildcards)",
      list,
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge permissions --print deployer > deployer.json',
        'rolebridge permissions --print deployer --boundary arn:aws:iam::111122223333:policy/rolebridge',
        'rolebridge permissions --print boundary > boundary.json',
        'rolebridge permissions --print boundary --check company-boundary.json',
        'rolebridge permissions --print plan --cloud google > plan.sh',
        'rolebridge permissions --print setup > setup-permissions.sh',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: PermissionsOptions) =>
        (await import('./permissions.ts')).permissions(terminal, options),
      ),
    );
};
