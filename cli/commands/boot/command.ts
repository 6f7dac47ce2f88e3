import { Option } from 'commander';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { BootOptions } from './boot.ts';

export const bootCommand: CommandDefinition = (program, start) => {
  program
    .command('boot')
    .description('print what an EC2 instance needs to fetch its configs, filled in for this deployment')
    .addOption(
      new Option('--print <what>', 'required: what to print')
        .choices(['cloud-init', 'user-data', 'systemd', 'script', 'environment', 'policy'])
        .makeOptionMandatory(),
    )
    .option(
      '--role <name>',
      "for --print policy: the instances' role; the policy lets it list its own parameters",
    )
    .addHelpText(
      'after',
      examples(
        'rolebridge boot --print user-data > user-data.sh',
        'rolebridge boot --print policy --role reports',
        'rolebridge boot --print environment > google-access.env',
        'rolebridge boot --print systemd --json | jq -r ".files[].path"',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: BootOptions) =>
        (await import('./boot.ts')).boot(terminal, options),
      ),
    );
};
