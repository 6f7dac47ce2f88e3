import { Option } from 'commander';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { MemberOptions } from './member.ts';

export const memberCommand: CommandDefinition = (program, start) => {
  program
    .command('member')
    .description(
      'print the roles and the rule that every AWS account needs, except the one that rolebridge is deployed to',
    )
    .addOption(
      new Option(
        '--print <form>',
        'required: a template for one account, commands for a whole organization, or Terraform configuration for one account',
      )
        .choices(['cloudformation', 'stackset', 'terraform'])
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge member --print cloudformation > rolebridge-prod-member.yml',
        'rolebridge member --print stackset > stackset.sh',
        'rolebridge member --print terraform > rolebridge.tf',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: MemberOptions) =>
        (await import('./member.ts')).member(terminal, options),
      ),
    );
};
