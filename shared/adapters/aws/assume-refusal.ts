import { PermanentError } from '../../core/errors.ts';
import { type MemberRole, usualStage } from '../../core/stack.ts';
import { isForeignAnswer } from './failure.ts';

/**
 * Why AWS did not let us assume a role in another account; undefined if it was not a refusal. AWS may name the policy that
 * decided (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). If it does not, its answer is
 * the same for a missing role and for a trust policy that does not admit the caller.
 */
export const assumeRefusal = (role: MemberRole, thrown: unknown): PermanentError | undefined => {
  if (!(thrown instanceof Error && thrown.name === 'AccessDenied') || isForeignAnswer(thrown))
    return undefined;
  const what = `AWS account ${role.accountId} cannot be read: AWS does not let ${isForPeople(role) ? 'you' : 'rolebridge'} assume ${role.arn}`;
  const policy = decidingPolicy(thrown.message);
  const advice = isForPeople(role) ? adviceForPeople(role, policy) : adviceForFunctions(role, policy);
  return new PermanentError(`${what} (${thrown.message.replace(/\.$/, '')}). ${advice}`, {
    cause: thrown,
    lasting: `${what}. ${advice}`,
    ...(policy === 'unnamed' ? { because: 'assumeUnexplained' } : {}),
  });
};

/** Reconcile and the sweep assume the others. */
const isForPeople = ({ kind }: MemberRole): boolean => kind === 'viewer';

type Policy = 'trust' | 'caller' | 'control' | 'boundary' | 'session' | 'endpoint' | 'unnamed';

/** The words with which AWS names the policy: `because no … allows` or `with an explicit deny in …`. */
const words: readonly (readonly [RegExp, Policy])[] = [
  // Before the others: AWS may name two, "in a VPC endpoint policy transitively through a service control policy".
  [/\bVPC endpoint policy\b/, 'endpoint'],
  [/\brole trust policy\b|\bresource-based policy\b/, 'trust'],
  [/\bidentity-based policy\b/, 'caller'],
  [/\b(?:service|resource) control policy\b/, 'control'],
  [/\bpermissions boundary\b/, 'boundary'],
  [/\bsessions? policy\b/, 'session'],
];

const decidingPolicy = (message: string): Policy => {
  // The ARNs before it may contain any word.
  const reason = /\b(?:because no|with an explicit deny in) .*$/s.exec(message)?.[0] ?? '';
  return words.find(([pattern]) => pattern.test(reason))?.[1] ?? 'unnamed';
};

const adviceForFunctions = ({ accountId, stage }: MemberRole, policy: Policy): string => {
  switch (policy) {
    case 'trust':
      return `The role exists, and its trust policy does not admit the function. Deploy the member template in account ${accountId} again: ${command('member --print cloudformation', stage)}.`;
    case 'caller':
      return "The policy of the function's own role does not allow it. Deploy the home account again: npm run deploy.";
    case 'boundary':
      return `The permissions boundary of the function's own role does not allow it. Add what ${command('permissions --print boundary', stage)} prints.`;
    case 'control':
    case 'session':
    case 'endpoint':
      return elsewhere[policy];
    case 'unnamed':
      return (
        'AWS gives no reason. Its answer is the same for a missing role and for a trust policy that does not admit the function. ' +
        `${command(`doctor --account ${accountId}`, stage)} reads the role and reports which it is. If the role is right, a control policy denies sts:AssumeRole.`
      );
  }
};

const adviceForPeople = ({ accountId, stage }: MemberRole, policy: Policy): string => {
  switch (policy) {
    case 'trust':
      return `The role exists, and its trust policy does not admit you. Let the administrators of account ${accountId} name your role in the parameter OperatorArns of its stack.`;
    case 'caller':
      return `Your own policy does not allow it. Add what ${command('permissions --print plan', stage)} prints.`;
    case 'boundary':
      return 'The permissions boundary of your own role does not allow it. Let it allow sts:AssumeRole on this role.';
    case 'control':
    case 'session':
    case 'endpoint':
      return elsewhere[policy];
    case 'unnamed':
      return (
        'AWS gives no reason. Its answer is the same if the role does not exist (its stack is missing, or the parameter OperatorArns of the stack is empty), ' +
        `if OperatorArns does not name your role, and if your own policy does not allow sts:AssumeRole (${command('permissions --print plan', stage)}). ` +
        `${command('doctor', stage)} compares the accounts and reports which causes it can rule out.`
      );
  }
};

const elsewhere = {
  control:
    'A control policy of the organization denies it. Let the administrators of the organization except this role.',
  session: 'The policy of the session does not allow it. Sign in without a session policy, or widen it.',
  endpoint:
    'The policy of the VPC endpoint of STS does not allow it. Let it allow sts:AssumeRole on this role.',
} as const;

const command = (text: string, stage: string): string =>
  `"rolebridge ${text}${stage === usualStage ? '' : ` --stage ${stage}`}"`;
