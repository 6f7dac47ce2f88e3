import pMap from 'p-map';
import { type Failure, toFailure } from '../core/errors.ts';
import { folderOf, parameterPath, prefixOfParameter, roleNameOfParameter } from '../core/grant-parameters.ts';
import type { RoleLedger } from '../core/ledger.ts';
import type { RoleRef, RoleState } from '../core/model.ts';
import type { ObservedFolder, ObservedPolicy, ParameterId } from '../core/observed.ts';
import { isSameRole } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import { providerOf, regionsOf, type Settings, watchedPrefixes } from '../core/settings.ts';
import type { PolicyRead, Ports } from '../ports.ts';
import { absentAmong } from './absence.ts';
import type { RoleRequest } from './role-request.ts';

export interface ObservedRole {
  readonly role: RoleState;
  readonly folders: readonly ObservedFolder[];
  /** Folders that could not be read, by folderKey. */
  readonly folderErrors: ReadonlyMap<string, UnreadableFolder>;
  readonly ledger: RoleLedger;
}

export interface UnreadableFolder {
  readonly region: string;
  readonly path: string;
  readonly error: Failure;
}

/** A role as IAM has it now, without its folders. A role of an account that is not configured desires nothing. */
export const observeRole = async (
  settings: Settings,
  ports: Pick<Ports, 'roles'>,
  { ref }: Pick<RoleRequest, 'ref'>,
  ledger: RoleLedger,
): Promise<ObservedRole> => {
  const isConfigured = providerOf(settings, ref) !== undefined;
  const role: RoleState = isConfigured ? await readRole(ports, ref, ledger) : { kind: 'absent', ref };
  return { role, folders: [], folderErrors: new Map(), ledger };
};

/** An absent role is named as the ledger names it: its access was bound under that spelling. */
export const readRole = async (
  ports: Pick<Ports, 'roles'>,
  ref: RoleRef,
  ledger: RoleLedger,
): Promise<RoleState> => {
  const role = await ports.roles.read(ref);
  return role.kind === 'absent' ? { kind: 'absent', ref: ledger.role } : role;
};

/** Reads at the same time. IAM and Parameter Store throttle per account, and booting instances need their share. */
export const readConcurrency = 8;

/** Why nothing can be done about a parameter: its folder could not be read. */
export const folderErrorOf = (role: ObservedRole, { region, name }: ParameterId): Failure | undefined =>
  role.folderErrors.get(folderKey(region, folderOf(name)))?.error;

const folderKey = (region: string, path: string): string => `${region} ${path}`;

/**
 * The role's folders. They are read after its access was given: binding does not wait for Parameter Store. The parameters
 * under the name of another account's role are those of our own account's role.
 */
export const observeFolders = async (
  settings: Settings,
  ports: Pick<Ports, 'parameters'>,
  request: Pick<RoleRequest, 'ref' | 'orphans'>,
  regions: readonly string[] = regionsOf(settings, request.ref.accountId),
): Promise<Pick<ObservedRole, 'folders' | 'folderErrors'>> => {
  if (providerOf(settings, request.ref) === undefined) return { folders: [], folderErrors: new Map() };
  const ownPath = parameterPath(settings.parameterPrefix, request.ref);
  const own = regions.map((region) => ({ region, path: ownPath }));
  const folders = [...own, ...orphanFolders(settings, request, own)];
  const observed = await Promise.all(
    folders.map((folder) => observeFolder(ports, request.ref.accountId, folder)),
  );
  const folderErrors = new Map(
    observed.flatMap(({ region, path, error }) =>
      error === undefined ? [] : [[folderKey(region, path), { region, path, error }] as const],
    ),
  );
  return { folders: observed, folderErrors };
};

interface Folder {
  readonly region: string;
  readonly path: string;
  /** Set if the folder is not the role's own: only these parameters are read. */
  readonly names?: readonly string[];
}

/** Only parameters in the role's folder, under a prefix that is or was ours: a message cannot point elsewhere. */
const orphanFolders = (
  settings: Settings,
  { ref, orphans }: Pick<RoleRequest, 'ref' | 'orphans'>,
  own: readonly Folder[],
): readonly Folder[] => {
  const owned = new Set(own.map(({ region, path }) => folderKey(region, path)));
  const belongs = ({ region, name }: ParameterId) => {
    const prefix = prefixOfParameter(watchedPrefixes(settings), name);
    const roleName = prefix === undefined ? undefined : roleNameOfParameter(prefix, name);
    return (
      roleName !== undefined &&
      isSameRole({ ...ref, roleName }, ref) &&
      !owned.has(folderKey(region, folderOf(name)))
    );
  };
  const groups = Map.groupBy(orphans.filter(belongs), ({ region, name }) =>
    folderKey(region, folderOf(name)),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ region: first.region, path: folderOf(first.name), names: group.map(({ name }) => name) }];
  });
};

const observeFolder = async (
  ports: Pick<Ports, 'parameters'>,
  accountId: string,
  { region, path, names }: Folder,
): Promise<ObservedFolder & { readonly error?: Failure }> => {
  try {
    const listed = await ports.parameters.list({ accountId, region }, path);
    const parameters = names === undefined ? listed : listed.filter(({ name }) => names.includes(name));
    return { kind: 'read', region, path, parameters };
  } catch (thrown) {
    return { kind: 'unreadable', region, path, error: toFailure(thrown) };
  }
};

export interface ObservedPolicies {
  readonly reads: ReadonlyMap<ResourceName, PolicyRead>;
  /** Why a policy could not be read. Absent accounts are not among these. */
  readonly errors: ReadonlyMap<ResourceName, Failure>;
  readonly absent: ReadonlySet<ResourceName>;
}

/**
 * `reportedAbsent`: resources that a sweep found absent. If they still cannot be read, a new listing decides, or whether one of the
 * `witnesses` can be read.
 */
export const observePolicies = async (
  ports: Pick<Ports, 'policies' | 'listings'>,
  resources: readonly ResourceName[],
  reportedAbsent: readonly ResourceName[] = [],
  witnesses: readonly ResourceName[] = [],
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
  const asked = new Map([...errors].filter(([resource]) => reportedAbsent.includes(resource)));
  const absent = await absentAmong(ports, asked, {
    read: reads.keys(),
    others: witnesses.filter((resource) => !errors.has(resource)),
  });
  for (const resource of absent) errors.delete(resource);
  return { reads, errors, absent };
};

/** The policies as planning sees them: one that could not be read is `unreadable`, never empty. */
export const policyViews = (
  { reads, absent }: ObservedPolicies,
  resources: readonly ResourceName[],
): ReadonlyMap<ResourceName, ObservedPolicy> =>
  new Map(
    resources.map((resource) => [
      resource,
      absent.has(resource) ? { kind: 'absent' } : (reads.get(resource) ?? { kind: 'unreadable' }),
    ]),
  );
