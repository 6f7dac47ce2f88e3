import { PermanentError } from '../../../shared/core/errors.ts';
import { homeOf, type Settings } from '../../../shared/core/settings.ts';
import { forwardRule, functionRoleNames, memberRole, memberRoleKinds } from '../../../shared/core/stack.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { Terminal } from '../../terminal.ts';
import { controlPolicy, maxPolicyLength, type PolicyDocument } from './control-policy.ts';
import { assertPrincipal, pathWarning } from './principal.ts';

export interface PrintControlPolicyOptions {
  readonly tagger?: readonly string[];
  readonly deployer?: readonly string[];
}

export const guard = (
  terminal: Terminal,
  options: PrintControlPolicyOptions & { readonly print: string },
): Promise<ExitCode> => {
  if (options.print !== 'scp') throw new PermanentError(`--print must be scp, not "${options.print}".`);
  return printControlPolicy(terminal, options, (policy) => ({ policy }));
};

/** Prints the service control policy that exempts these principals, or with --json a document that contains it. */
export const printControlPolicy = async (
  terminal: Terminal,
  { tagger = [], deployer = [] }: PrintControlPolicyOptions,
  documentOf: (policy: PolicyDocument) => object,
): Promise<ExitCode> => {
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
  // The tag and the names can be reserved before setup has filled in its settings.
  const { settings } = runtime.settingsFile().complete();
  const { names } = runtime;
  const policy = controlPolicy({
    tagKey: settings.tagKey,
    functions: [names.reconcileFunction, names.sweepFunction],
    functionRoles: functionRoleNames(terminal.stage, settings),
    ...(settings.accounts.length === 1 ? {} : { members: memberNames(terminal.stage, settings) }),
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
  terminal.show(documentOf(policy), () => text);
  return exitCodes.done;
};

const memberNames = (stage: string, settings: Settings) => ({
  roles: memberRoleKinds.map((kind) => memberRole(stage, settings, homeOf(settings), kind).name),
  rule: forwardRule(stage),
});
