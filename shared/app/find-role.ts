import pMap from 'p-map';
import { PermanentError, toFailure } from '../core/errors.ts';
import type { RoleRef } from '../core/model.ts';
import { assertUnambiguous, type NamedRole, noSuchRole } from '../core/role-argument.ts';
import type { Settings } from '../core/settings.ts';
import type { RoleReader } from '../ports.ts';

/**
 * The role that a person means. A name without an account is looked up in every configured account.
 * @throws PermanentError if several accounts have it, if none has it, or if an account that may have it cannot be read
 */
export const findRole = async (
  { accounts }: Pick<Settings, 'accounts'>,
  roles: RoleReader,
  { roleName, accountId }: NamedRole,
): Promise<RoleRef> => {
  if (accountId !== undefined) return { partition: 'aws', accountId, roleName };
  const answers = await pMap(
    accounts,
    async ({ id }) => {
      try {
        return await roles.read({ partition: 'aws', accountId: id, roleName });
      } catch (thrown) {
        return { kind: 'unreadable', id, reason: toFailure(thrown).message } as const;
      }
    },
    { concurrency: accountConcurrency },
  );
  const found = answers.flatMap((answer) => (answer.kind === 'present' ? [answer.ref] : []));
  assertUnambiguous({ roleName }, found);
  const unread = answers.filter((answer) => answer.kind === 'unreadable');
  const [first] = unread;
  if (first !== undefined) throw notDecided(roleName, found[0], first, unread.length - 1);
  const [ref] = found;
  if (ref === undefined)
    throw noSuchRole(
      { roleName },
      ` If it was deleted, or is about to be created, name its account: --role ACCOUNT/${roleName}`,
    );
  return ref;
};

const accountConcurrency = 8;

const notDecided = (
  roleName: string,
  found: RoleRef | undefined,
  { id, reason }: { readonly id: string; readonly reason: string },
  others: number,
): PermanentError =>
  new PermanentError(
    `Account ${id}${others === 0 ? '' : ` and ${others} more`} may have a role ${roleName}${found === undefined ? '' : ', too'}: ${reason.replace(/\.$/, '')}. ` +
      `Name the account: --role ${found?.accountId ?? 'ACCOUNT'}/${roleName}`,
  );
