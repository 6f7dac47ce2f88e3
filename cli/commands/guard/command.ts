import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { PrintControlPolicyOptions } from './print-control-policy.ts';

/** `permissions --print scp`, under its earlier name and with its earlier document. */
export const guardCommand: CommandDefinition = (program, start) => {
  program
    .command('guard')
    .description(
      "print an AWS service control policy that reserves the tags, and the names of the functions' roles (the same policy as permissions --print scp)",
    )
    .option('--print <what>', 'what to print: scp', 'scp')
    .option(
      '--tagger <arn>',
      'required: a principal that may set and remove the tags (repeatable; * and ? are wildcards)',
      list,
    )
    .option(
      '--deployer <arn>',
      "required: a principal that may deploy the stack, and so create and change the functions' roles (repeatable; * and ? are wildcards)",
      list,
    )
    .addHelpText(
      'after',
      examples(
        "rolebridge guard --tagger 'arn:aws:iam::*:role/platform/*' --deployer arn:aws:iam::111122223333:role/deploy > scp.json",
      ),
    )
    .action(
      start(async (terminal: Terminal, options: PrintControlPolicyOptions & { readonly print: string }) =>
        (await import('./print-control-policy.ts')).guard(terminal, options),
      ),
    );
};
