import { PermanentError } from '../../../shared/core/errors.ts';
import { colors } from '../../colors.ts';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { controlPolicy, maxPolicyLength } from './control-policy.ts';
import { assertPrincipal, pathWarning } from './principal.ts';

export const guardCommand: CommandDefinition = (program, start) => {
  program
    .command('guard')
    .description(
      "print an AWS service control policy that reserves the tags, and the names of the functions' roles",
    )
    .option('--print <what>', 'what to print: scp', 'scp')
    .option(
      '--tagger <arn>',
      'a principal that may set and remove the tags (repeatable; * and ? are wildcards)',
      list,
    )
    .option(
      '--deployer <arn>',
      "a principal that may create and change the functions' roles (repeatable)",
      list,
    )
    .addHelpText(
      'after',
      examples(
        "rolebridge guard --tagger 'arn:aws:iam::*:role/platform/*' --deployer arn:aws:iam::111122223333:role/deploy > scp.json",
      ),
    )
    .action(start(guard));
};

interface GuardOptions {
  readonly print: string;
  readonly tagger?: readonly string[];
  readonly deployer?: readonly string[];
}

const guard = async (
  terminal: Terminal,
  { print, tagger = [], deployer = [] }: GuardOptions,
): Promise<ExitCode> => {
  if (print !== 'scp') throw new PermanentError(`--print must be scp, not "${print}".`);
  if (tagger.length === 0 || deployer.length === 0)
    throw new PermanentError(
      'Pass --tagger ARN (who may set the tags) and --deployer ARN (who may deploy the stack). The policy stops everyone else.',
    );
  const principals = [
    ...tagger.map((arn) => ['--tagger', arn] as const),
    ...deployer.map((arn) => ['--deployer', arn] as const),
  ];
  for (const [option, arn] of principals) assertPrincipal(option, arn);
  const runtime = await openRuntime(terminal);
  const policy = controlPolicy({
    tagKey: runtime.settings().tagKey,
    functionRoles: runtime.names.functionRoles,
    taggers: tagger,
    deployers: deployer,
  });
  // On one line: AWS counts white space, and its command line sends a file as it is.
  const text = JSON.stringify(policy);
  if (text.length >= maxPolicyLength)
    throw new PermanentError(
      `The policy has ${text.length + 1} characters, and AWS allows ${maxPolicyLength}. Name fewer principals, or use wildcards.`,
    );
  for (const [option, arn] of principals) {
    const problem = pathWarning(option, arn);
    if (problem !== undefined) terminal.say(colors.yellow(`Warning: ${problem}`));
  }
  terminal.show({ policy }, () => text);
  return exitCodes.done;
};
