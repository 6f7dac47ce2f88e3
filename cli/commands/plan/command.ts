import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { PlanOptions } from './plan.ts';

export const planCommand: CommandDefinition = (program, start) => {
  program
    .command('plan')
    .description('show what the deployed functions would do now; read-only')
    .option('--role <name>', 'only this role (repeatable)', list)
    .option('--account <id>', 'only this AWS account')
    .option('--tag <key=value>', 'plan as if the role in --role had this tag (repeatable)', list)
    .option('--untag <key>', 'plan as if the role in --role did not have this tag (repeatable)', list)
    .addHelpText(
      'after',
      examples(
        'rolebridge plan',
        'rolebridge plan --role reports --tag google-access=reader@acme-data.iam.gserviceaccount.com',
        'rolebridge plan --role reports --untag google-access',
        'rolebridge plan --config new-rolebridge.yml    # what a narrower guardrail would revoke',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: PlanOptions) =>
        (await import('./plan.ts')).plan(terminal, options),
      ),
    );
};
