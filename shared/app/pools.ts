import { toFailure } from '../core/errors.ts';
import { type InheritedList, isInheritedItem, readInherited } from '../core/inherited.ts';
import {
  awaitsAnswer,
  type Ownerships,
  ownershipOf,
  type PoolOwner,
  withoutDeletedPools,
} from '../core/ownership.ts';
import { namesIn, readScopeEntry, type Scope, scopeSortKey, type Watched } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, ourPools, ourSites, poolPath, type Settings } from '../core/settings.ts';
import { scopePartition } from '../core/table-item.ts';
import { accessOf, siteOfAccess } from '../core/target.ts';
import type { PoolOwnerships, PoolReader, Table } from '../ports.ts';

/** Reads who owns each of our pools, by its marker. */
export const readOwnerships = async (settings: Settings, { read }: PoolOwnerships): Promise<Ownerships> => {
  const found = await Promise.all(ourPools(settings).map(async (pool) => [pool, await read(pool)] as const));
  const ownerships = new Map(found);
  const current = poolPath(settings);
  // A remembered owner does not show that Google answers now.
  if (awaitsAnswer(ownerships)) ownerships.set(current, await read(current, { isFresh: true }));
  return withoutDeletedPools(settings, ownerships);
};

/** Reads the owner of a pool from its marker. If a pool cannot be read, its owner is unproven; nothing else stops. */
export const poolOwnerships = (pool: PoolReader, owner: PoolOwner | undefined): PoolOwnerships => ({
  read: async (name) => {
    if (owner === undefined)
      return { kind: 'unproven', reason: 'ROLEBRIDGE_STAGE is not set. Deploy again.' };
    try {
      return ownershipOf(name, await pool(name), owner);
    } catch (thrown) {
      return { kind: 'unproven', reason: toFailure(thrown).message };
    }
  },
});

/** Remembers, for the life of one execution environment, which pools are ours. Reads all others each time. */
export const rememberingOurs = (): ((ownerships: PoolOwnerships) => PoolOwnerships) => {
  const ours = new Set<string>();
  return ({ read }) => ({
    read: async (name, options) => {
      if (ours.has(name) && options?.isFresh !== true) return { kind: 'ours', isRemembered: true };
      const found = await read(name);
      if (found.kind === 'ours' && found.isPassing !== true) ours.add(name);
      else if (found.kind === 'another') ours.delete(name);
      return found;
    },
  });
};

/**
 * Settings under which our members in pools, and at sites, that only earlier files named are ours, too. `lists`: the members that each
 * site had before. Without them, a site's members are ours only where the ledger lists them, or a tag asks for them.
 */
export const withScope = (
  settings: Settings,
  scope: Scope,
  lists?: ReadonlyMap<string, InheritedList>,
): Settings => {
  const inFile = new Set(fileSites(settings).map(accessOf));
  const entered = scope.filter(({ kind }) => kind === 'site');
  const formerSites = entered.filter(({ name }) => !inFile.has(name)).map(({ name }) => siteOfAccess(name));
  const sites = new Map(entered.map((one) => [one.name, one]));
  const inherited = new Map(
    [...inFile, ...formerSites.map(accessOf)].flatMap((access) => {
      const members = inheritedAt(sites.get(access), lists);
      return members === undefined ? [] : [[access, members] as const];
    }),
  );
  const coveredPools = new Map(entered.flatMap(poolsAt));
  return {
    ...settings,
    google: {
      ...settings.google,
      formerPools: namesIn(scope, 'pool').filter((pool) => pool !== poolPath(settings)),
      ...(formerSites.length === 0 ? {} : { formerSites }),
      ...(inherited.size === 0 ? {} : { inherited }),
      ...(coveredPools.size === 0 ? {} : { coveredPools }),
    },
  };
};

const poolsAt = ({ name, pools }: Pick<Watched, 'name' | 'pools'>) =>
  pools === undefined ? [] : [[name, pools] as const];

/**
 * Reads what was at a site before us, where the sweep found a difference. A drift may be forged, and must not end access that people
 * gave by hand. If that cannot be read, only what the ledger lists is ours there.
 */
export const withDriftedSites = async (
  settings: Settings,
  table: Table,
  runs: readonly { readonly request: { readonly resources: readonly ResourceName[] } }[],
): Promise<Settings> => {
  const drifted = new Set(runs.flatMap(({ request }) => request.resources));
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

/** Undefined if all members are ours. Nothing was ever bound at a site that is not entered. */
const inheritedAt = (
  site: Watched | undefined,
  lists: ReadonlyMap<string, InheritedList> | undefined,
): 'all' | ReadonlySet<string> | undefined => {
  if (lists === undefined || site?.since === undefined) return 'all';
  if (site.inherited === undefined) return undefined;
  const list = lists.get(site.inherited);
  return list === undefined ? 'all' : new Set([...list.open, ...list.kept]);
};
