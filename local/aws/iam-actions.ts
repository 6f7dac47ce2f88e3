import { AwsError, type Input, integer, invalid, text, texts } from './call.ts';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import { pageOf } from './pages.ts';
import { keyOf, type LocalRole, type RoleStore, type View } from './roles.ts';
import { checkTagKeys, type LocalTag, mergeTags, tagsOf, withoutTags } from './tags.ts';

export type IamAction = (input: Input, view: View) => unknown;

export const iamWrites: ReadonlySet<string> = new Set(['CreateRole', 'DeleteRole', 'TagRole', 'UntagRole']);

interface Iam {
  readonly store: RoleStore;
  readonly arnOf: (role: LocalRole) => string;
  readonly clock: Clock;
  readonly ids: Ids;
}

const tagShapes = (tags: readonly LocalTag[]) => tags.map(({ key, value }) => ({ Key: key, Value: value }));

/** A listing that began stale goes on stale: its markers say so. */
const stale = '~';
export const isStaleMarker = (marker: string): boolean => marker.startsWith(stale);

const page = <T>(input: Input, sorted: readonly T[], sortedBy: (item: T) => string, view: View) => {
  const size = integer(input, 'MaxItems', { least: 1, most: 1000, otherwise: 100 }, 'ValidationError');
  const marker = text(input, 'Marker').replace(stale, '');
  const { items, next } = pageOf(sorted, sortedBy, { marker, size });
  const prefix = view === 'now' ? '' : stale;
  return {
    items,
    rest: { IsTruncated: next !== undefined, Marker: next === undefined ? undefined : prefix + next },
  };
};

const checkNewRole = (roleName: string, path: string, policy: string): void => {
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw invalid(
      `Value '${roleName}' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+ and have length less than or equal to 64`,
      'ValidationError',
    );
  if (!/^\/(?:[!-~]+\/)?$/.test(path) || path.length > 512)
    throw invalid(`The specified value for path is invalid: ${path}`, 'ValidationError');
  try {
    if (policy !== '') JSON.parse(policy);
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
};

/** IAM's roles and their tags, as its API has them. */
export const iamActions = ({ store, arnOf, clock, ids }: Iam): Readonly<Record<string, IamAction>> => {
  const find = (input: Input, view: View): LocalRole => {
    const roleName = text(input, 'RoleName');
    const role = store.find(roleName, view);
    if (role === undefined)
      throw new AwsError('NoSuchEntity', `The role with name ${roleName} cannot be found.`, 404);
    return role;
  };
  /** As ListRoles has it: without tags. */
  const listed = (role: LocalRole) => ({
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: arnOf(role),
    CreateDate: role.createDate,
    AssumeRolePolicyDocument: encodeURIComponent(role.assumeRolePolicyDocument),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  });
  const described = (role: LocalRole) => ({
    ...listed(role),
    Tags: role.tags.length === 0 ? undefined : tagShapes(role.tags),
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
      const role = {
        roleName,
        roleId: ids.unique('AROA'),
        path,
        createDate: clock.now(),
        assumeRolePolicyDocument,
        ...(description === '' ? {} : { description }),
        maxSessionSeconds,
        tags: mergeTags([], tags),
      };
      store.put(role);
      return { Role: described(role) };
    },
    DeleteRole: (input) => {
      store.remove(find(input, 'now').roleName);
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
          InstanceProfileList: [],
          RolePolicyList: [],
          AttachedManagedPolicies: [],
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
