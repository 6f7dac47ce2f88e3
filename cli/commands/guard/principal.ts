import { PermanentError } from '../../../shared/core/errors.ts';

/**
 * Checks the ARN of an exempted principal, with wildcards. A policy that denies everyone else locks people out if it names
 * no one that exists: `aws:PrincipalArn` is compared with it.
 * @throws PermanentError for anything that no principal's ARN can match, and for a pattern that exempts everyone
 */
export const assertPrincipal = (option: string, arn: string): void => {
  const [, partition, sessionAccount, sessionRole] =
    /^arn:([^:]*):(?:sts::([^:]*):assumed-role\/([^/]+)(?:\/.*)?|.*)$/.exec(arn) ?? [];
  if (partition === undefined)
    throw new PermanentError(
      `${option} must be the ARN of a role or user (arn:aws:iam::111122223333:role/NAME), not "${arn}".`,
    );
  if (partition !== 'aws')
    throw new PermanentError(
      `${option}: ${arn} is in the partition ${partition}, but the policy applies to principals of the partition aws.`,
    );
  if (sessionRole !== undefined)
    throw new PermanentError(
      `${option}: ${arn} names a session, which AWS compares by the ARN of its role, path included: arn:aws:iam::${sessionAccount}:role/PATH/${sessionRole}. Find it: aws iam get-role --role-name ${sessionRole} --query Role.Arn`,
    );
  const [, name] = principalPattern.exec(arn) ?? [];
  if (name === undefined || !canEndIn(name))
    throw new PermanentError(
      `${option}: ${arn} matches no role and no user. Write arn:aws:iam::ACCOUNT:role/PATH/NAME, with 12 digits or * as the account.`,
    );
  if (/^[*?/]*$/.test(name))
    throw new PermanentError(`${option}: ${arn} exempts everyone, so the policy would reserve nothing.`);
};

const principalPattern = /^arn:aws:iam::(?:\d{12}|\*):(?:role|user)\/([\w+=,.@*?/-]+)$/;

/** A path alone names no principal, and a name has at most 64 characters. A `*` may stand for none, or for a `/`. */
const canEndIn = (name: string): boolean => /(?:^|[/*?])[^/*?]{0,64}$/.test(name) && !name.endsWith('/');

/** AWS's wildcards match `/`, too: `role/platform-*` also matches a role of any name in the path `/platform-x/`. */
export const pathWarning = (option: string, arn: string): string | undefined => {
  const [, kind = '', name = ''] = /:(role|user)\/(.*)$/.exec(arn) ?? [];
  const isLiteral = !/[*?]/.test(name);
  // Everything in a path of its own: that is what the pattern says.
  const isPath = /^([^*?/]+\/)+\*$/.test(name);
  if (isLiteral || isPath) return undefined;
  const example = name.replace('*', 'x/evil').replace('?', '/').replaceAll('*', '').replaceAll('?', 'x');
  return `${option} ${arn}: AWS's wildcards also match "/", so the policy exempts ${kind}/${example}, which anyone who can create roles may create. Name each ${kind}, or give them a path of their own, such as ${kind}/platform/*, and reserve that path.`;
};
