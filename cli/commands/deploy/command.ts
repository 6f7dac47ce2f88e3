import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { DeployOptions } from './deploy.ts';

export const deployCommand: CommandDefinition = (program, start) => {
  program
    .command('deploy')
    .description('check that everything is ready, deploy the stack, and sweep; does not ask for confirmation')
    .option('--skip-setup-check', "do not check Google's side, for a caller without permission to read it")
    .addHelpText('after', examples('rolebridge deploy', 'rolebridge deploy --stage dev --skip-setup-check'))
    .action(
      start(async (terminal: Terminal, options: DeployOptions) =>
        (await import('./deploy.ts')).deploy(terminal, options),
      ),
    );
};
