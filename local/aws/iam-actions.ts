import { AwsError, type Input, integer, invalid, text, texts } from './call.ts';
import { findRole, type IamAction, type IamState, roleShape } from './iam-common.ts';
import { page } from './iam-pages.ts';
import { type InstanceProfile, profileShape } from './instance-profiles.ts';
import { policyShapes } from './role-policies.ts';
import { keyOf, type LocalRole, type View } from './roles.ts';
import { checkTagKeys, type LocalTag, mergeTags, tagsOf, withoutTags } from './tags.ts';

interface RolesState extends IamState {
  readonly profilesOf: (role: LocalRole) => readonly InstanceProfile[];
}

/** The actions of IAM's API on roles and their tags. */
export const iamActions = (state: RolesState): Readonly<Record<string, IamAction>> => {
  const { store, arnOf, profilesOf, clock, ids } = state;
  const find = (input: Input, view: View): LocalRole => findRole(store, input, view);
  const listed = (role: LocalRole) => roleShape(role, arnOf(role));
  const described = (role: LocalRole) => ({
    ...listed(role),
    Tags: role.tags.length === 0 ? undefined : tagShapes(role.tags),
    PermissionsBoundary:
      role.permissionsBoundary === undefined
        ? undefined
        : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.permissionsBoundary },
    RoleLastUsed: {},
  });

  return {
    CreateRole: (input) => {
      const roleName = text(input, 'RoleName');
      const path = text(input, 'Path') || '/';
      const assumeRolePolicyDocument = text(input, 'AssumeRolePolicyDocument');
      checkNewRole(roleName, path, assumeRolePolicyDocument);
      const tags = tagsOf(input);
      const maxSessionSeconds = integer(
        input,
        'MaxSessionDuration',
        { least: 3600, most: 43_200, otherwise: 3600 },
        'ValidationError',
      );
      if (store.find(roleName) !== undefined)
        throw new AwsError('EntityAlreadyExists', `Role with name ${roleName} already exists.`, 409);
      const description = text(input, 'Description');
      const permissionsBoundary = text(input, 'PermissionsBoundary');
      const role = {
        roleName,
        roleId: ids.unique('AROA'),
        path,
        createDate: clock.now(),
        assumeRolePolicyDocument,
        ...(description === '' ? {} : { description }),
        maxSessionSeconds,
        ...(permissionsBoundary === '' ? {} : { permissionsBoundary }),
        tags: mergeTags([], tags),
        attachedPolicies: [],
        inlinePolicies: {},
      };
      store.put(role);
      return { Role: described(role) };
    },
    UpdateAssumeRolePolicy: (input) => {
      const assumeRolePolicyDocument = text(input, 'PolicyDocument');
      checkPolicy(assumeRolePolicyDocument);
      store.put({ ...find(input, 'now'), assumeRolePolicyDocument });
      return {};
    },
    DeleteRole: (input) => {
      const role = find(input, 'now');
      checkIsBare(role, profilesOf(role));
      store.remove(role.roleName);
      return {};
    },
    TagRole: (input) => {
      const tags = tagsOf(input);
      const role = find(input, 'now');
      store.put({ ...role, tags: mergeTags(role.tags, tags) });
      return {};
    },
    UntagRole: (input) => {
      const keys = texts(input, 'TagKeys');
      checkTagKeys(keys);
      const role = find(input, 'now');
      store.put({ ...role, tags: withoutTags(role.tags, keys) });
      return {};
    },
    GetRole: (input, view) => ({ Role: described(find(input, view)) }),
    ListRoleTags: (input, view) => {
      const sorted = find(input, view).tags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const { items, rest } = page(input, sorted, ({ key }) => key, 'now');
      return { Tags: tagShapes(items), ...rest };
    },
    ListRoles: (input, view) => {
      const prefix = text(input, 'PathPrefix') || '/';
      const sorted = store.all(view).filter(({ path }) => path.startsWith(prefix));
      const { items, rest } = page(input, sorted, ({ roleName }) => keyOf(roleName), view);
      return { Roles: items.map(listed), ...rest };
    },
    GetAccountAuthorizationDetails: (input, view) => {
      const filter = texts(input, 'Filter');
      const sorted = filter.length === 0 || filter.includes('Role') ? store.all(view) : [];
      const { items, rest } = page(input, sorted, ({ roleName }) => keyOf(roleName), view);
      const details = items.map((role) => {
        const { Description: _, MaxSessionDuration: __, ...detail } = described(role);
        return {
          ...detail,
          Tags: tagShapes(role.tags),
          InstanceProfileList: profilesOf(role).map((profile) => profileShape(profile, state)),
          ...policyShapes(role),
        };
      });
      return {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: details,
        Policies: [],
        ...rest,
      };
    },
  };
};

const tagShapes = (tags: readonly LocalTag[]) => tags.map(({ key, value }) => ({ Key: key, Value: value }));

const checkNewRole = (roleName: string, path: string, policy: string): void => {
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw invalid(
      `Value '${roleName}' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+ and have length less than or equal to 64`,
      'ValidationError',
    );
  if (!/^\/(?:[!-~]+\/)?$/.test(path) || path.length > 512)
    throw invalid(`The specified value for path is invalid: ${path}`, 'ValidationError');
  checkPolicy(policy);
};

const checkPolicy = (policy: string): void => {
  try {
    if (policy !== '') JSON.parse(policy);
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
};

/** The reasons why a role cannot be deleted yet. */
const checkIsBare = (role: LocalRole, profiles: readonly InstanceProfile[]): void => {
  const conflict = (what: string) => new AwsError('DeleteConflict', `Cannot delete entity, ${what}.`, 409);
  if (profiles.length > 0) throw conflict('must remove roles from instance profile first');
  if (role.attachedPolicies.length > 0) throw conflict('must detach all policies first');
  if (Object.keys(role.inlinePolicies).length > 0) throw conflict('must delete policies first');
};
