import { AwsError, type Input, invalid, text } from './call.ts';
import { findRole, type IamAction, type IamState, roleShape } from './iam-common.ts';
import { page } from './iam-pages.ts';
import { keyOf, type LocalRole } from './roles.ts';

/** An instance profile gives an EC2 instance its role. */
export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createDate: Date;
  /** One at most. */
  readonly roleName?: string;
}

/** Names are unique regardless of case. */
export type InstanceProfiles = Map<string, InstanceProfile>;

/** The actions of IAM's API on instance profiles. */
export const instanceProfileActions = (
  profiles: InstanceProfiles,
  accountId: string,
  state: IamState,
): Readonly<Record<string, IamAction>> => {
  const { store, clock, ids } = state;
  const nameIn = (input: Input): string => text(input, 'InstanceProfileName');
  const find = (input: Input): InstanceProfile => {
    const found = profiles.get(keyOf(nameIn(input)));
    if (found === undefined)
      throw new AwsError('NoSuchEntity', `Instance Profile ${nameIn(input)} cannot be found.`, 404);
    return found;
  };
  const put = (profile: InstanceProfile): void => void profiles.set(keyOf(profile.name), profile);
  const shape = (profile: InstanceProfile) => profileShape(profile, state);

  return {
    CreateInstanceProfile: (input) => {
      const name = nameIn(input);
      if (!/^[\w+=,.@-]{1,128}$/.test(name))
        throw invalid(
          `Value '${name}' at 'instanceProfileName' failed to satisfy constraint`,
          'ValidationError',
        );
      if (profiles.has(keyOf(name)))
        throw new AwsError('EntityAlreadyExists', `Instance Profile ${name} already exists.`, 409);
      const path = text(input, 'Path') || '/';
      const arn = `arn:aws:iam::${accountId}:instance-profile${path}${name}`;
      const profile = { name, path, id: ids.unique('AIPA'), arn, createDate: clock.now() };
      put(profile);
      return { InstanceProfile: shape(profile) };
    },
    DeleteInstanceProfile: (input) => {
      const { name, roleName } = find(input);
      if (roleName !== undefined)
        throw new AwsError(
          'DeleteConflict',
          'Cannot delete entity, must remove roles from instance profile first.',
          409,
        );
      profiles.delete(keyOf(name));
      return {};
    },
    AddRoleToInstanceProfile: (input) => {
      const profile = find(input);
      const { roleName } = findRole(store, input, 'now');
      if (profile.roleName !== undefined)
        throw new AwsError(
          'LimitExceeded',
          'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
          409,
        );
      put({ ...profile, roleName });
      return {};
    },
    RemoveRoleFromInstanceProfile: (input) => {
      const { roleName, ...profile } = find(input);
      if (roleName === undefined || keyOf(roleName) !== keyOf(text(input, 'RoleName')))
        throw new AwsError(
          'NoSuchEntity',
          `Role ${text(input, 'RoleName')} in Instance Profile ${profile.name} cannot be found.`,
          404,
        );
      put(profile);
      return {};
    },
    GetInstanceProfile: (input) => ({ InstanceProfile: shape(find(input)) }),
    ListInstanceProfilesForRole: (input, view) => {
      const sorted = profilesOf(profiles, findRole(store, input, view));
      const { items, rest } = page(input, sorted, ({ name }) => name);
      return { InstanceProfiles: items.map(shape), ...rest };
    },
  };
};

export const profileShape = (
  { name, path, id, arn, createDate, roleName = '' }: InstanceProfile,
  { store, arnOf }: Pick<IamState, 'store' | 'arnOf'>,
) => {
  const role = store.find(roleName);
  return {
    Path: path,
    InstanceProfileName: name,
    InstanceProfileId: id,
    Arn: arn,
    CreateDate: createDate,
    Roles: role === undefined ? [] : [roleShape(role, arnOf(role))],
  };
};

/** The instance profiles of a role, sorted by name. */
export const profilesOf = (profiles: InstanceProfiles, { roleName }: LocalRole): readonly InstanceProfile[] =>
  [...profiles.values()]
    .filter((profile) => profile.roleName !== undefined && keyOf(profile.roleName) === keyOf(roleName))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
