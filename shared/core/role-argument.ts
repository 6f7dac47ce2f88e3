import { PermanentError } from './errors.ts';
import type { RoleRef } from './model.ts';
import { isRoleName, parseRoleArn } from './role-arn.ts';
import { keyName } from './role-key.ts';
import { accountIdsOf, type Settings } from './settings.ts';
import { similarNames } from './similar-names.ts';

/** A role as a person names it, with its AWS account if the name has one. */
export interface NamedRole {
  readonly roleName: string;
  readonly accountId?: string;
}

/**
 * Parses a role that a person names: by its name, ACCOUNT/NAME, its ARN, or the ARN of one of its sessions, in any casing.
 * `accountIds`: the configured AWS accounts; undefined if rolebridge.yml cannot be read.
 * @throws PermanentError for anything else, and for another account or partition
 */
export const parseRole = (
  text: string,
  accountIds: readonly string[] | undefined,
  option = '--role',
): NamedRole => {
  const name = text.trim();
  if (isRoleName(name)) return { roleName: name };
  const inAccount = accountAndName(name);
  if (inAccount !== undefined) return configured(inAccount, name, accountIds, option);
  const [, partition] = /^arn:([^:]*):/i.exec(name) ?? [];
  if (partition === undefined)
    throw new PermanentError(
      `${option} must be the name of an AWS role, ACCOUNT/NAME, its ARN, or the ARN of one of its sessions; "${text}" is not the name of a role.`,
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
  return configured(role, name, accountIds, option);
};

/** `444455556666/reports` */
const accountAndName = (text: string): Required<NamedRole> | undefined => {
  const [, accountId, roleName] = /^(\d{12})\/([^/]+)$/.exec(text) ?? [];
  return accountId === undefined || roleName === undefined || !isRoleName(roleName)
    ? undefined
    : { accountId, roleName };
};

const configured = (
  role: Required<NamedRole>,
  text: string,
  accountIds: readonly string[] | undefined,
  option: string,
): NamedRole => {
  if (accountIds !== undefined && !accountIds.includes(role.accountId))
    throw new PermanentError(
      `${option}: ${text} is in AWS account ${role.accountId}, but rolebridge.yml configures ${shownIds(accountIds)}.`,
    );
  return role;
};

/** An organization has too many accounts for one message. */
const shownIds = (ids: readonly string[]): string =>
  ids.length > 5 ? `${ids.length} other accounts` : ids.join(', ');

/** The same, for a command that can find out which of several accounts has the role. With one account, it is there. */
export const parseNamedRole = (text: string, settings: Pick<Settings, 'accounts'>): NamedRole => {
  const ids = accountIdsOf(settings);
  const named = parseRole(text, ids);
  const [only, ...others] = ids;
  return named.accountId !== undefined || only === undefined || others.length > 0
    ? named
    : { ...named, accountId: only };
};

/** The same, as the role of a configured account. @throws PermanentError for a name without the account, if there are several */
export const parseRoleRef = (text: string, settings: Pick<Settings, 'accounts'>): RoleRef => {
  const { roleName, accountId } = parseNamedRole(text, settings);
  if (accountId !== undefined) return { partition: 'aws', accountId, roleName };
  throw new PermanentError(
    settings.accounts.length === 0
      ? 'rolebridge.yml configures no account.'
      : `--role: rolebridge.yml configures ${settings.accounts.length} accounts. Name the account of ${roleName}: --role ACCOUNT/${roleName}`,
  );
};

/** Whether a person's name of a role means this one. */
export const isNamedRole = (ref: RoleRef, { roleName, accountId = ref.accountId }: NamedRole): boolean =>
  ref.accountId === accountId && keyName(ref.roleName) === keyName(roleName);

/** As a person can name it: `reports`, or `444455556666/reports` if its account is not the only one that is configured. */
export const roleLabel = (accountIds: readonly string[], { accountId, roleName }: NamedRole): string =>
  accountId === undefined || (accountIds.length === 1 && accountIds[0] === accountId)
    ? roleName
    : `${accountId}/${roleName}`;

/** @throws PermanentError if a name without an account means several of these roles */
export const assertUnambiguous = ({ roleName, accountId }: NamedRole, refs: readonly RoleRef[]): void => {
  if (accountId !== undefined) return;
  const ids = [...new Set(refs.filter((ref) => isNamedRole(ref, { roleName })).map((ref) => ref.accountId))];
  if (ids.length > 1)
    throw new PermanentError(
      `Several accounts have a role ${roleName}. Name the one that you mean: ${ids
        .toSorted()
        .slice(0, 10)
        .map((id) => `--role ${id}/${roleName}`)
        .join(' or ')}`,
    );
};

/** ARNs are case-sensitive, but people paste them from places that change casing. Names keep theirs. */
const lowerCasePrefix = (arn: string): string =>
  arn.replace(/^arn:[^:]*:[^:]*:[^:]*:\d*:(assumed-)?role\//i, (prefix) => prefix.toLowerCase());

/** `suggestion`: as `suggestionOf` makes it. Without an account, it is in none of those that are configured. */
export const noSuchRole = ({ accountId, roleName }: NamedRole, suggestion: string): PermanentError =>
  new PermanentError(
    `There is no role ${roleName} in ${accountId === undefined ? 'any configured account' : `account ${accountId}`}.${suggestion}`,
  );

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
