import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { ValidateCommandOptions } from './validate.ts';

export const validateCommand: CommandDefinition = (program, start) => {
  program
    .command('validate')
    .argument('[files...]', 'files to check (default: rolebridge.yml and the override files beside it)')
    .description(
      'check rolebridge.yml and the override files of all stages; works offline unless you pass --check-home',
    )
    .option('--before-setup', 'accept that "rolebridge setup" has not yet filled in its settings')
    .option(
      '--check-home',
      'also check that your AWS credentials belong to the account that rolebridge is deployed to (asks AWS)',
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge validate',
        'rolebridge validate --before-setup',
        'rolebridge validate --check-home',
        'rolebridge validate --json | jq -r ".errors[].message"',
      ),
    )
    .action(
      start(async (terminal: Terminal, files: readonly string[], options: ValidateCommandOptions) =>
        (await import('./validate.ts')).validateFiles(terminal, files, options),
      ),
    );
};
