import pMap from 'p-map';
import { type Failure, toFailure } from '../core/errors.ts';
import { type RoleState, sameRole } from '../core/model.ts';
import { type ObservedFolder, type ObservedPolicy, type ParameterPlace } from '../core/observed.ts';
import { folderOf, parameterPath, roleNameOfParameter } from '../core/parameter-name.ts';
import type { ResourceName } from '../core/service-account.ts';
import { providerOf, type Settings, watchedPrefixes } from '../core/settings.ts';
import type { PolicyRead, Ports } from '../ports.ts';
import type { RoleRequest } from './role-request.ts';

/** Reads at a time. IAM and Parameter Store throttle per account; instances that boot need their share. */
export const readConcurrency = 8;

export interface ObservedRole {
  readonly role: RoleState;
  readonly folders: readonly ObservedFolder[];
  /** Why a folder is unreadable, by folderKey. */
  readonly folderErrors: ReadonlyMap<string, Failure>;
}

interface Folder {
  readonly region: string;
  readonly path: string;
  /** Of a folder that is not the role's own: only these parameters are looked at. */
  readonly names?: readonly string[];
}

const folderKey = (region: string, path: string): string => `${region} ${path}`;

/** Why nothing can be done about a parameter: its folder could not be read. */
export const folderErrorOf = (role: ObservedRole, { region, name }: ParameterPlace): Failure | undefined =>
  role.folderErrors.get(folderKey(region, folderOf(name)));

const observeFolder = async (
  ports: Pick<Ports, 'parameters'>,
  { region, path, names }: Folder,
): Promise<ObservedFolder & { readonly error?: Failure }> => {
  try {
    const listed = await ports.parameters.list(region, path);
    const parameters = names === undefined ? listed : listed.filter(({ name }) => names.includes(name));
    return { kind: 'read', region, path, parameters };
  } catch (thrown) {
    return { kind: 'unreadable', region, path, error: toFailure(thrown) };
  }
};

const ownFolders = (settings: Settings, { ref }: RoleState): readonly Folder[] => {
  const path = parameterPath(settings.parameterPrefix, ref);
  return settings.regions.map((region) => ({ region, path }));
};

/** Only what lies in the role's folder under a prefix that is, or was, ours: a message cannot point elsewhere. */
const strayFolders = (
  settings: Settings,
  { ref, strays }: Pick<RoleRequest, 'ref' | 'strays'>,
  own: readonly Folder[],
): readonly Folder[] => {
  const owned = new Set(own.map(({ region, path }) => folderKey(region, path)));
  const belongs = ({ region, name }: ParameterPlace) =>
    !owned.has(folderKey(region, folderOf(name))) &&
    watchedPrefixes(settings).some((prefix) => roleNameOfParameter(prefix, name) === ref.roleName);
  const groups = Map.groupBy(strays.filter(belongs), ({ region, name }) => folderKey(region, folderOf(name)));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ region: first.region, path: folderOf(first.name), names: group.map(({ name }) => name) }];
  });
};

const withParameters = async (
  ports: Pick<Ports, 'parameters'>,
  role: RoleState,
  folders: readonly Folder[],
): Promise<ObservedRole> => {
  const observed = await Promise.all(folders.map((folder) => observeFolder(ports, folder)));
  const folderErrors = new Map(
    observed.flatMap(({ region, path, error }) =>
      error === undefined ? [] : [[folderKey(region, path), error] as const],
    ),
  );
  return { role, folders: observed, folderErrors };
};

/**
 * A role as it is now. Where IAM spells its name otherwise than asked, the old spelling may have been another role
 * (deleted, and made anew in another case), so it is looked at too, as absent. A role of an account that is not
 * configured desires nothing, whatever it is; the parameters under its name are those of our own account's role.
 */
export const observeRole = async (
  settings: Settings,
  ports: Pick<Ports, 'roles' | 'parameters'>,
  request: Pick<RoleRequest, 'ref' | 'strays'>,
): Promise<readonly ObservedRole[]> => {
  const { ref } = request;
  if (providerOf(settings, ref) === undefined)
    return [{ role: { kind: 'absent', ref }, folders: [], folderErrors: new Map() }];
  const role = await ports.roles.read(ref);
  const roles: readonly RoleState[] = sameRole(role.ref, ref) ? [role] : [role, { kind: 'absent', ref }];
  return Promise.all(
    roles.map((one) => {
      const own = ownFolders(settings, one);
      const strays = sameRole(one.ref, ref) ? strayFolders(settings, request, own) : [];
      return withParameters(ports, one, [...own, ...strays]);
    }),
  );
};

export interface ObservedPolicies {
  readonly reads: ReadonlyMap<ResourceName, PolicyRead>;
  readonly errors: ReadonlyMap<ResourceName, Failure>;
}

export const observePolicies = async (
  ports: Pick<Ports, 'policies'>,
  resources: readonly ResourceName[],
): Promise<ObservedPolicies> => {
  const reads = new Map<ResourceName, PolicyRead>();
  const errors = new Map<ResourceName, Failure>();
  await pMap(
    resources,
    async (resource) => {
      try {
        reads.set(resource, await ports.policies.read(resource));
      } catch (thrown) {
        errors.set(resource, toFailure(thrown));
      }
    },
    { concurrency: readConcurrency },
  );
  return { reads, errors };
};

/** The policies as planning sees them: what could not be read is `unreadable`, never empty. */
export const policyViews = (
  { reads }: ObservedPolicies,
  resources: readonly ResourceName[],
): ReadonlyMap<ResourceName, ObservedPolicy> =>
  new Map(resources.map((resource) => [resource, reads.get(resource) ?? { kind: 'unreadable' }]));
