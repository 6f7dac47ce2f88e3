import { type Role as AwsRole, GetRoleCommand, NoSuchEntityException } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { Tag } from '../../core/model.ts';
import { roleKey } from '../../core/role-key.ts';
import type { RoleReader } from '../../ports.ts';
import { itemsOf } from '../items.ts';
import type { AccountClients, ClientsOf } from './clients.ts';
import { isAwsException, tried } from './failure.ts';

/** Reads roles. Absent counts only with credentials of the role's own account. */
export const awsRoles = (clientsOf: ClientsOf, abortSignal: AbortSignal): RoleReader => ({
  read: async (ref) => {
    const clients = clientsOf(ref.accountId);
    await assertAccount(clients, ref.accountId, abortSignal);
    const role = await getRole(clients, ref.roleName, abortSignal);
    if (role === 'absent') return { kind: 'absent', ref };
    const [, partition, , , account = ''] = role?.Arn?.split(':') ?? [];
    if (
      role?.RoleName === undefined ||
      role.RoleId === undefined ||
      role.Arn === undefined ||
      partition === undefined
    ) {
      throw new RetryableError(`IAM's answer about role ${ref.roleName} is incomplete.`);
    }
    if (
      roleKey({ partition, accountId: account, roleName: role.RoleName }) !== roleKey({ ...ref, partition })
    )
      throw new RetryableError(`IAM's answer about role ${ref.roleName} is about ${role.Arn}.`);
    return {
      kind: 'present',
      ref: { partition, accountId: ref.accountId, roleName: role.RoleName },
      roleId: role.RoleId,
      arn: role.Arn,
      tags: tagsOf(role.RoleName, role.Tags),
    };
  },
});

const confirmed = new WeakMap<STSClient, string>();

/** The account of our credentials; asked once per client. */
export const ownAccount = async (sts: STSClient, abortSignal: AbortSignal): Promise<string> => {
  const known = confirmed.get(sts);
  if (known !== undefined) return known;
  const { Account } = await tried('asking STS who we are', () =>
    sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
  );
  if (Account === undefined)
    throw new RetryableError(
      'The answer of STS lacks the account. If a proxy stands between here and AWS, let its owner look; then try again.',
    );
  confirmed.set(sts, Account);
  return Account;
};

/** Checks which account the credentials belong to, unless that was verified when the clients were made. */
export const assertAccount = async (
  { sts }: Pick<AccountClients, 'sts'>,
  accountId: string,
  abortSignal: AbortSignal,
): Promise<void> => {
  if (sts !== undefined) await assertOwnAccount(sts, accountId, abortSignal);
};

/** @throws PermanentError if our credentials are for another account, where a missing role proves nothing. */
export const assertOwnAccount = async (
  sts: STSClient,
  accountId: string,
  abortSignal: AbortSignal,
): Promise<void> => {
  const account = await ownAccount(sts, abortSignal);
  if (account !== accountId)
    throw new PermanentError(
      `The AWS credentials look into account ${account}, not into account ${accountId} of rolebridge.yml.`,
    );
};

const getRole = ({ iam }: AccountClients, roleName: string, abortSignal: AbortSignal) =>
  tried(`reading role ${roleName}`, async () => {
    try {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }), { abortSignal });
      return Role;
    } catch (thrown) {
      if (isAwsException(thrown, NoSuchEntityException)) return 'absent';
      throw thrown;
    }
  });

/** @throws RetryableError for a tag that is not one: without it, the role would look as if it asked for less. */
export const tagsOf = (roleName: string, tags: AwsRole['Tags']): readonly Tag[] =>
  itemsOf(`the tags of role ${roleName}`, tags, ['Key', 'Value']).map(({ Key, Value }) => ({
    key: Key,
    value: Value,
  }));
