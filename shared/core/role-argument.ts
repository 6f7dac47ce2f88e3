import { PermanentError } from './errors.ts';
import type { RoleRef } from './model.ts';
import { isRoleName, parseRoleArn } from './role-arn.ts';
import type { Settings } from './settings.ts';
import { similarNames } from './similar-names.ts';

/** A role as a person names it, with its AWS account if an ARN names one. */
export interface NamedRole {
  readonly roleName: string;
  readonly accountId?: string;
}

/**
 * Parses a role that a person names: by its name, its ARN, or the ARN of one of its sessions, in any casing.
 * `accountIds`: the configured AWS accounts; undefined if rolebridge.yml cannot be read.
 * @throws PermanentError for anything else, and for an ARN of another account or partition
 */
export const parseRole = (
  text: string,
  accountIds: readonly string[] | undefined,
  option = '--role',
): NamedRole => {
  const name = text.trim();
  if (isRoleName(name)) return { roleName: name };
  const [, partition] = /^arn:([^:]*):/i.exec(name) ?? [];
  if (partition === undefined)
    throw new PermanentError(
      `${option} must be the name of an AWS role, its ARN, or the ARN of one of its sessions; "${text}" is not the name of a role.`,
    );
  if (partition.toLowerCase() !== 'aws')
    throw new PermanentError(
      `${option}: ${name} is in the partition ${partition}. rolebridge knows only roles of the partition aws.`,
    );
  const role = parseRoleArn(lowerCasePrefix(name));
  if (role === undefined)
    throw new PermanentError(
      `${option}: ${name} is not the ARN of a role (arn:aws:iam::ACCOUNT:role/NAME) or of one of its sessions (arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION).`,
    );
  if (accountIds !== undefined && !accountIds.includes(role.accountId))
    throw new PermanentError(
      `${option}: ${name} is in AWS account ${role.accountId}, but rolebridge.yml configures ${accountIds.join(', ')}.`,
    );
  return role;
};

/** The same, as the role of a configured account: the first one unless an ARN names another. */
export const parseRoleRef = (text: string, { accounts }: Settings): RoleRef => {
  const ids = accounts.map(({ id }) => id);
  const { roleName, accountId = ids[0] } = parseRole(text, ids);
  if (accountId === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  return { partition: 'aws', accountId, roleName };
};

/** ARNs are case-sensitive, but people paste them from places that change casing. Names keep theirs. */
const lowerCasePrefix = (arn: string): string =>
  arn.replace(/^arn:[^:]*:[^:]*:[^:]*:\d*:(assumed-)?role\//i, (prefix) => prefix.toLowerCase());

/** `suggestion`: as `suggestionOf` makes it. */
export const noSuchRole = (
  { accountId, roleName }: Pick<RoleRef, 'accountId' | 'roleName'>,
  suggestion: string,
): PermanentError => new PermanentError(`There is no role ${roleName} in account ${accountId}.${suggestion}`);

/** The end of a message about a role that does not exist; begins with a space. */
export const suggestionOf = (roleName: string, known: readonly string[]): string => {
  const parts = roleName.split(',').filter((part) => part !== '');
  if (parts.length > 1 && parts.some((part) => similarNames(part, known).length > 0))
    return ` To name several roles, repeat the option: ${parts.map((part) => `--role ${part}`).join(' ')}.`;
  const similar = similarNames(roleName, known);
  return similar.length === 0
    ? " List the roles: aws iam list-roles --query 'Roles[].RoleName'"
    : ` Did you mean ${similar.join(' or ')}?`;
};
