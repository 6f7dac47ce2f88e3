import pMap from 'p-map';
import { type Failure, isRefusal, toFailure } from '../core/errors.ts';
import { resourceKindOf } from '../core/google-resource.ts';
import { folderOf, parameterPath, prefixOfParameter, roleNameOfParameter } from '../core/grant-parameters.ts';
import { isInheritedItem, readInherited } from '../core/inherited.ts';
import type { RoleLedger } from '../core/ledger.ts';
import type { RoleRef, RoleState, Timestamp } from '../core/model.ts';
import type { ObservedFolder, ObservedPolicy, ParameterId } from '../core/observed.ts';
import { awaitsAnswer, type Ownerships, withoutDeletedPools } from '../core/ownership.ts';
import { isSameRole } from '../core/role-key.ts';
import {
  inheritedAt,
  noteGoodForMilliseconds,
  poolsAt,
  readScopeEntry,
  scopeSortKey,
} from '../core/scope.ts';
import {
  emailOfResource,
  isServiceAccountResource,
  projectOf,
  projectOfResource,
  type ResourceName,
} from '../core/service-account.ts';
import {
  ourPools,
  ourSites,
  poolPath,
  providerOf,
  regionsOf,
  type Settings,
  watchedPrefixes,
} from '../core/settings.ts';
import { scopePartition } from '../core/table-item.ts';
import { accessOf } from '../core/target.ts';
import type { Listings, PolicyRead, PolicyStore, PoolOwnerships, Ports, Table } from '../ports.ts';

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

/** Calls at the same time. IAM and Parameter Store throttle per account, and booting instances need their share. */
export const callsAtATime = 8;

/** Reads who owns each of our pools, by its marker. */
export const readOwnerships = async (settings: Settings, { read }: PoolOwnerships): Promise<Ownerships> => {
  const found = await Promise.all(ourPools(settings).map(async (pool) => [pool, await read(pool)] as const));
  const ownerships = new Map(found);
  const current = poolPath(settings);
  // A remembered owner does not show that Google answers now.
  if (awaitsAnswer(ownerships)) ownerships.set(current, await read(current, { isFresh: true }));
  return withoutDeletedPools(settings, ownerships);
};

/** Projects whose notes decide whether an account that a drift calls absent may count as absent. */
export const lostProjectsOf = (absent: readonly ResourceName[]): readonly string[] => [
  ...new Set(absent.filter(isServiceAccountResource).map(projectOfResource)),
];

/** A role as IAM has it now, without its folders. A role of an account that is not configured desires nothing. */
export const observeRole = async (
  settings: Settings,
  ports: Pick<Ports, 'roles'>,
  ref: RoleRef,
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

/**
 * The resources that may be confirmed absent now. If the ledger lists one that is a service account, the sweep must have noted its
 * loss first, because a drift may be forged.
 */
export const confirmable = (
  absent: readonly ResourceName[],
  listed: ReadonlySet<ResourceName>,
  lost: ReadonlyMap<string, Timestamp>,
  now: Date,
): readonly ResourceName[] =>
  absent.filter((resource) => {
    if (!listed.has(resource) || !isServiceAccountResource(resource)) return true;
    const lostAt = lost.get(projectOfResource(resource));
    return lostAt !== undefined && now.getTime() - Date.parse(lostAt) < noteGoodForMilliseconds;
  });

/**
 * Reads what was at a site before us, where the sweep found a difference. A drift may be forged, and must not end access that people
 * gave by hand. If that cannot be read, only what the ledger lists is ours there.
 */
export const withDriftedSites = async (
  settings: Settings,
  table: Table,
  runs: readonly { readonly request: { readonly swept: { readonly resources: readonly ResourceName[] } } }[],
): Promise<Settings> => {
  const drifted = new Set(runs.flatMap(({ request }) => request.swept.resources));
  const sites = ourSites(settings)
    .filter(({ resource }) => drifted.has(resource))
    .map(accessOf);
  if (sites.length === 0) return settings;
  const inherited = new Map(settings.google.inherited);
  const coveredPools = new Map(settings.google.coveredPools);
  try {
    const stored = await table.read(
      sites.map((name) => ({ pk: scopePartition, sk: scopeSortKey({ kind: 'site', name }) })),
    );
    const hasLists = stored.some(({ body }) => readScopeEntry(body)?.inherited !== undefined);
    const items = hasLists ? (await table.list(scopePartition)).filter(isInheritedItem) : [];
    const { lists } = readInherited(items);
    for (const { body } of stored) {
      const site = readScopeEntry(body);
      if (site === undefined) continue;
      const members = inheritedAt(site, lists);
      if (members === undefined) inherited.delete(site.name);
      else inherited.set(site.name, members);
      for (const [name, pools] of poolsAt(site)) coveredPools.set(name, pools);
    }
  } catch {
    return settings;
  }
  return { ...settings, google: { ...settings.google, inherited, coveredPools } };
};

export interface ObservedPolicies {
  readonly reads: ReadonlyMap<ResourceName, PolicyRead>;
  /** Why a policy could not be read. Absent resources are not among these. */
  readonly errors: ReadonlyMap<ResourceName, Failure>;
  readonly absent: ReadonlySet<ResourceName>;
}

/**
 * `reportedAbsent`: resources that a sweep found absent. If one still cannot be read, a new listing decides for service accounts, and
 * for all others whether one of the `witnesses` can be read.
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
    { concurrency: callsAtATime },
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

const listingsAtATime = 4;

interface AbsencePorts {
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly policies: Pick<PolicyStore, 'read'>;
}

/** Resources of the same kinds: one that can be read shows that its API answers for us. */
interface Witnesses {
  /** Read already in this run. */
  readonly read: Iterable<ResourceName>;
  /** May be read. */
  readonly others: readonly ResourceName[];
}

/**
 * Returns the absent ones among the resources whose policies could not be read (docs/adr/0020). A service account is absent if Google
 * itself refused the read, and a complete listing of its project, made after that read, lacks it. Other resources have no
 * listing: one is absent if Google answered that it does not exist, and another one of its kind can be read. We conclude nothing
 * if that fails, or if the read failed in any other way.
 */
export const absentAmong = async (
  { listings, policies }: AbsencePorts,
  failures: ReadonlyMap<ResourceName, Failure>,
  witnesses: Witnesses = { read: [], others: [] },
): Promise<ReadonlySet<ResourceName>> => {
  const refused = [...failures].filter(([, failure]) => isRefusal(failure));
  const accounts = refused.map(([resource]) => resource).filter(isServiceAccountResource);
  const others = refused
    .filter(([resource, failure]) => !isServiceAccountResource(resource) && isNotFound(failure))
    .map(([resource]) => resource);
  const [unlisted, unknown] = await Promise.all([
    unlistedAmong(listings, accounts),
    unknownAmong(policies, others, witnesses),
  ]);
  return new Set([...unlisted, ...unknown]);
};

const isNotFound = (failure: Failure): boolean => isRefusal(failure) && failure.because === 'notFound';

const unlistedAmong = async (
  listings: AbsencePorts['listings'],
  resources: readonly ResourceName[],
): Promise<readonly ResourceName[]> => {
  const candidates = resources.flatMap((resource) => {
    const project = projectOf(emailOfResource(resource));
    return project === undefined ? [] : [{ resource, project }];
  });
  const byProject = Map.groupBy(candidates, ({ project }) => project);
  const absent = await pMap(
    byProject,
    async ([project, asked]) => {
      const listed = await listedIn(listings, project);
      return listed === undefined ? [] : asked.filter(({ resource }) => !listed.has(resource));
    },
    { concurrency: listingsAtATime },
  );
  return absent.flat().map(({ resource }) => resource);
};

/** Undefined if the listing is not complete. The failure of the read is reported, so this one need not be. */
const listedIn = async (
  listings: Pick<Listings, 'serviceAccounts'>,
  project: string,
): Promise<ReadonlySet<ResourceName> | undefined> => {
  const listed = new Set<ResourceName>();
  try {
    for await (const page of listings.serviceAccounts(project))
      for (const resource of page) listed.add(resource);
    return listed;
  } catch {
    return undefined;
  }
};

/** Those among the resources that Google does not know, of whose kind another one can be read. */
const unknownAmong = async (
  policies: AbsencePorts['policies'],
  resources: readonly ResourceName[],
  witnesses: Witnesses,
): Promise<readonly ResourceName[]> => {
  const kinds = [...Map.groupBy(resources, resourceKindOf)];
  const absent = kinds.map(async ([kind, group]) =>
    (await isAnswering(policies, kind, witnesses)) ? group : [],
  );
  return (await Promise.all(absent)).flat();
};

/** Every further witness is a call. Some of those that the file names may be gone, too. */
const maxWitnesses = 10;

const isAnswering = async (
  policies: AbsencePorts['policies'],
  kind: ReturnType<typeof resourceKindOf>,
  { read, others }: Witnesses,
): Promise<boolean> => {
  if ([...read].some((resource) => resourceKindOf(resource) === kind)) return true;
  for (const resource of others.filter((one) => resourceKindOf(one) === kind).slice(0, maxWitnesses))
    try {
      await policies.read(resource);
      return true;
    } catch {
      // The next one may be readable.
    }
  return false;
};

/**
 * The role's folders. They are read after its access was given: binding does not wait for Parameter Store. The parameters
 * under the name of another account's role are those of our own account's role.
 */
export const observeFolders = async (
  settings: Settings,
  ports: Pick<Ports, 'parameters'>,
  ref: RoleRef,
  strays: readonly ParameterId[] = [],
  regions: readonly string[] = regionsOf(settings, ref.accountId),
): Promise<Pick<ObservedRole, 'folders' | 'folderErrors'>> => {
  if (providerOf(settings, ref) === undefined) return { folders: [], folderErrors: new Map() };
  const ownPath = parameterPath(settings.parameterPrefix, ref);
  const own = regions.map((region) => ({ region, path: ownPath }));
  const folders = [...own, ...strayFolders(settings, ref, strays, own)];
  const observed = await Promise.all(folders.map((folder) => observeFolder(ports, ref.accountId, folder)));
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
const strayFolders = (
  settings: Settings,
  ref: RoleRef,
  strays: readonly ParameterId[],
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
  const groups = Map.groupBy(strays.filter(belongs), ({ region, name }) => folderKey(region, folderOf(name)));
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

/** Why nothing can be done about a parameter: its folder could not be read. */
export const folderErrorOf = (role: ObservedRole, { region, name }: ParameterId): Failure | undefined =>
  role.folderErrors.get(folderKey(region, folderOf(name)))?.error;

const folderKey = (region: string, path: string): string => `${region} ${path}`;
