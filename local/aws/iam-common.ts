import { AwsError, type Input, text } from './call.ts';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import type { LocalRole, RoleStore, View } from './roles.ts';

/** The dependencies of all of IAM's actions. */
export type IamAction = (input: Input, view: View) => unknown;

export interface IamState {
  readonly store: RoleStore;
  readonly arnOf: (role: LocalRole) => string;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A role in ListRoles' form, without tags. */
export const roleShape = (role: LocalRole, arn: string) => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: arn,
  CreateDate: role.createDate,
  AssumeRolePolicyDocument: encodeURIComponent(role.assumeRolePolicyDocument),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
});

/** @throws AwsError if the role does not exist */
export const findRole = (store: RoleStore, input: Input, view: View): LocalRole => {
  const roleName = text(input, 'RoleName');
  const role = store.find(roleName, view);
  if (role === undefined)
    throw new AwsError('NoSuchEntity', `The role with name ${roleName} cannot be found.`, 404);
  return role;
};
