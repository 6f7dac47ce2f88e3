import { Option } from 'commander';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { InitOptions } from './init.ts';

export const initCommand: CommandDefinition = (program, start) => {
  program
    .command('init')
    .description('write rolebridge.yml and the files around it into this folder')
    .option('--account <id>', 'AWS account that rolebridge is deployed to')
    .option('--google-project <id>', 'Google project that will hold the workload identity pool')
    .option('--target-project <id>', 'project whose service accounts can be requested (repeatable)', list)
    .option('--region <name>', 'AWS region in which configs are published (repeatable)', list)
    .option('--allow-role <glob>', 'first rule: roles that may request access (repeatable)', list)
    .option('--allow-to <email>', 'first rule: the service account that they may request, or a glob')
    .addOption(
      new Option(
        '--ci <host>',
        'also write a pipeline: plan for each change, deploy after its merge',
      ).choices(['github', 'gitlab']),
    )
    .option('--yes', 'accept the suggested values without asking; overwrites nothing')
    .option('--force', 'overwrite files that exist')
    .addHelpText(
      'after',
      examples(
        'rolebridge init',
        "rolebridge init --account 111122223333 --google-project acme-identity --target-project acme-data --region eu-west-1 --allow-role 'app-*' --allow-to '*@acme-data.iam.gserviceaccount.com' --ci github",
      ),
    )
    .action(
      start(async (terminal: Terminal, options: InitOptions) =>
        (await import('./init.ts')).init(terminal, options),
      ),
    );
};
