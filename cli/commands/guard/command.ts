import { PermanentError } from '../../../shared/core/errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { createCommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { controlPolicy, maxPolicyLength } from './control-policy.ts';

export interface GuardOptions {
  readonly print: string;
  readonly tagger?: readonly string[];
  readonly deployer?: readonly string[];
}

/** Prints the policy that lets only chosen principals ask for access. */
export const guard = async (
  terminal: Terminal,
  { print, tagger = [], deployer = [] }: GuardOptions,
): Promise<ExitCode> => {
  if (print !== 'scp') throw new PermanentError(`--print ${print} is not known; it is scp.`);
  if (tagger.length === 0 || deployer.length === 0)
    throw new PermanentError(
      'Say who may go on: --tagger ARN (who sets the tags) and --deployer ARN (who deploys the stack). Nobody else could.',
    );
  const { stage, signal, logger } = terminal;
  const runtime = createCommandRuntime({ stage, signal, logger });
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
      `The policy has ${text.length + 1} characters, and AWS takes ${maxPolicyLength}. Name fewer principals, or use wildcards.`,
    );
  terminal.print(text);
  return exitCodes.done;
};
