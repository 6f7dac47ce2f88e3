import type { InheritedList } from './inherited.ts';
import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import { fileSites, homeOf, poolPath, regionsOf, type Settings } from './settings.ts';
import { scopePartition } from './table-item.ts';
import { accessOf, siteOfAccess } from './target.ts';

/** The sweep watches everything that the file names now, and everything used before, until nothing of ours is left there. */
export type Scope = readonly Watched[];

/** One thing that the sweep watches. */
export interface Watched {
  readonly kind: ScopeKind;
  readonly name: string;
  /** When it was entered into the table, or entered again after a sweep found it dropped. */
  readonly since?: Timestamp;
  /** Since when it is no longer in rolebridge.yml. */
  readonly droppedAt?: Timestamp;
  /**
   * For a project: when one of its service accounts that the ledger listed was last confirmed absent. For a pool: when that last
   * happened in any project, because Google restores an account with its members.
   */
  readonly lostAt?: Timestamp;
  /**
   * For a site: when its resource was first confirmed absent. For a pool: when that last happened to any site, because a resource
   * is restored with its members.
   */
  readonly goneAt?: Timestamp;
  /** Whether it is named under `formerParameterPrefixes`. */
  readonly isFormer?: true;
  /** For a site: names the list of members that it had before its first use. Missing if it had none. */
  readonly inherited?: string;
  /** For a site: the pools whose members that list covers. Missing if it covers all. */
  readonly pools?: readonly string[];
  /** For a site on a bucket: the number of the project that has it. A bucket's name can be taken by others. */
  readonly owner?: string;
}

export type ScopeKind = (typeof scopeKinds)[number];

/**
 * Kinds of things that rolebridge uses. A `region` is one of the account deployed to. A `place` is one of another account:
 * `444455556666/eu-central-1`. A `site` is a Google role on a resource, by the name of its access.
 */
const scopeKinds = ['project', 'region', 'place', 'prefix', 'pool', 'account', 'site'] as const;

/** Everything to look through now. */
export const watchedScope = (settings: Settings, remembered: Scope, now: Date): Scope => {
  const before = new Map(remembered.map((one) => [scopeSortKey(one), one]));
  const current = configured(settings).map((one) => (one.kind === 'site' ? enteredSite(one, before) : one));
  const names = new Set(current.map(scopeSortKey));
  const dropped = remembered
    .filter((one) => !names.has(scopeSortKey(one)))
    .map(({ droppedAt = now.toISOString(), ...one }) => ({ ...one, droppedAt }));
  return [...current, ...dropped];
};

/** A site keeps what was noted at its first use. */
const enteredSite = (site: Watched, before: ReadonlyMap<string, Watched>): Watched => {
  const { droppedAt: _, ...entered } = before.get(scopeSortKey(site)) ?? site;
  return entered;
};

const configured = (settings: Settings): Scope => [
  ...usedScope(settings).map(({ kind, name }) => ({ kind, name })),
  ...fileSites(settings).map((site) => ({ kind: 'site', name: accessOf(site) }) as const),
  ...settings.formerParameterPrefixes.map((name) => ({ kind: 'prefix', name, isFormer: true }) as const),
];

/** One thing that was used, as the ledger's table keeps it (adr/0019): `project#acme-data` below `scope`. */
export interface ScopeEntry {
  readonly kind: ScopeKind;
  readonly name: string;
  /** Missing if it was never entered. */
  readonly since?: Timestamp;
  /** Set for an AWS account. */
  readonly provider?: string;
  readonly regions?: readonly string[];
  /** Set for a site. */
  readonly inherited?: string;
  readonly pools?: readonly string[];
  readonly owner?: string;
}

/**
 * Everything that reconcile may use under this configuration, as it is entered before its first use. A site is entered when it is
 * first bound, because that needs its policy.
 */
export const usedScope = (settings: Settings): readonly ScopeEntry[] => [
  ...settings.google.projects.map((name) => ({ kind: 'project', name }) as const),
  ...regionsOf(settings, homeOf(settings)).map((name) => ({ kind: 'region', name }) as const),
  ...memberPlaces(settings).map((name) => ({ kind: 'place', name }) as const),
  { kind: 'prefix', name: settings.parameterPrefix },
  { kind: 'pool', name: poolPath(settings) },
  ...settings.accounts.map(
    ({ id, provider }) =>
      ({ kind: 'account', name: id, provider, regions: regionsOf(settings, id) }) as const,
  ),
];

/** Regions where an AWS account may have parameters of ours, by its id: its own, and those that earlier files named. */
export const usedRegions = (settings: Settings, scope: Scope): ((accountId: string) => readonly string[]) => {
  const places = Map.groupBy(namesIn(scope, 'place'), accountOfPlace);
  const before = (accountId: string): readonly string[] =>
    accountId === homeOf(settings)
      ? namesIn(scope, 'region')
      : (places.get(accountId) ?? []).map((place) => place.slice(placeName(accountId, '').length));
  return (accountId) => [...new Set([...regionsOf(settings, accountId), ...before(accountId)])];
};

/** The name of a `place`. */
export const placeName = (accountId: string, region: string): string => `${accountId}/${region}`;

const accountOfPlace = (place: string): string => place.slice(0, place.indexOf('/'));

const memberPlaces = (settings: Settings): readonly string[] =>
  settings.accounts.flatMap(({ id }) =>
    id === homeOf(settings) ? [] : regionsOf(settings, id).map((region) => placeName(id, region)),
  );

/** After a note that a project lost a service account, reconcile may drop that account's entries for this long. */
export const noteGoodForMilliseconds = 2 * 24 * 60 * 60 * 1000;

/** Google can restore a deleted service account for 30 days, with its bindings. The note is good for two days more. */
export const restorableMilliseconds = 30 * 24 * 60 * 60 * 1000 + noteGoodForMilliseconds;

/**
 * A bucket can be restored for up to 90 days (https://cloud.google.com/storage/docs/soft-delete), other resources for less. Two days
 * more, because the sweep may be late.
 */
export const resourceRestorableMilliseconds = (90 + 2) * 24 * 60 * 60 * 1000;

export const scopeSortKey = ({ kind, name }: Pick<Watched, 'kind' | 'name'>): string => `${kind}#${name}`;

/**
 * Adds when accounts were last lost, by the name of their project. A default account's e-mail names its project by number,
 * and the file may name it by id, so a number counts for every project. Pools stay as long as any account can come back with
 * its members.
 */
export const withLosses = (scope: Scope, lost: ReadonlyMap<string, Timestamp>): Scope =>
  scope.map((one) => {
    if (one.kind !== 'project' && one.kind !== 'pool') return one;
    const [lostAt] = [...lost]
      .flatMap(([project, at]) =>
        one.kind === 'pool' || project === one.name || isProjectNumber(project) ? [at] : [],
      )
      .toSorted((a, b) => Date.parse(b) - Date.parse(a));
    return lostAt === undefined ? one : { ...one, lostAt };
  });

/** Adds since when the resources of sites are gone, by the name of the site. */
export const withGone = (scope: Scope, gone: ReadonlyMap<string, Timestamp>): Scope => {
  const [last] = [...gone.values()].toSorted((a, b) => Date.parse(b) - Date.parse(a));
  const goneAtOf = ({ kind, name }: Pick<Watched, 'kind' | 'name'>): Timestamp | undefined => {
    if (kind === 'pool') return last;
    return kind === 'site' ? gone.get(name) : undefined;
  };
  return scope.map(({ goneAt: _gone, ...one }) => {
    const goneAt = goneAtOf(one);
    return goneAt === undefined ? one : { ...one, goneAt };
  });
};

/** Sites whose lists cover pools that have left the scope, without these: such a pool may come back with other members. */
export const withoutLeftPools = (scope: Scope): readonly ScopeEntry[] => {
  const inScope = new Set(namesIn(scope, 'pool'));
  return scope.flatMap((one) => {
    const pools = one.pools?.filter((pool) => inScope.has(pool));
    return pools === undefined || pools.length === one.pools?.length ? [] : [{ ...entryOf(one), pools }];
  });
};

const entryOf = ({
  droppedAt: _dropped,
  lostAt: _lost,
  goneAt: _gone,
  isFormer: _former,
  ...entry
}: Watched): ScopeEntry => entry;

export const isProjectNumber = (name: string): boolean => /^\d+$/.test(name);

/** A function that started under the old file may still write. This is more than twice its timeout. */
const settleMilliseconds = 60 * 60 * 1000;

/** Whether a thing in which nothing of ours is left may leave the table. The file itself names a former prefix. */
export const isSettled = ({ since, droppedAt, lostAt, goneAt, isFormer }: Watched, now: Date): boolean => {
  const isPast = (at: Timestamp, milliseconds: number): boolean =>
    now.getTime() - Date.parse(at) >= milliseconds;
  if (isFormer === true) return true;
  return (
    droppedAt !== undefined &&
    isPast(droppedAt, settleMilliseconds) &&
    (since === undefined || isPast(since, settleMilliseconds)) &&
    (lostAt === undefined || isPast(lostAt, restorableMilliseconds)) &&
    (goneAt === undefined || isPast(goneAt, resourceRestorableMilliseconds))
  );
};

export const namesIn = (scope: Scope, kind: ScopeKind): readonly string[] =>
  scope.filter((one) => one.kind === kind).map(({ name }) => name);

/** An entry that is written again keeps its `since`. */
export const writeScopeEntry = ({ since, ...entry }: ScopeEntry, now: Date): string =>
  JSON.stringify({ version: 1, ...entry, since: since ?? now.toISOString() });

/** Undefined if this version cannot read the body. The scope may then be incomplete. */
export const readScopeEntry = (
  body: string,
): Pick<Watched, 'kind' | 'name' | 'since' | 'inherited' | 'pools' | 'owner'> | undefined => {
  try {
    const { kind, name, since, ...more } = readNamed(body);
    const inherited = kind === 'site' ? noted(more['inherited']) : undefined;
    const pools = kind === 'site' ? notedList(more['pools']) : undefined;
    const owner = kind === 'site' ? noted(more['owner']) : undefined;
    return {
      kind,
      name,
      ...(typeof since === 'string' ? { since } : {}),
      ...(inherited === undefined ? {} : { inherited }),
      ...(pools === undefined ? {} : { pools }),
      ...(owner === undefined ? {} : { owner }),
    };
  } catch {
    return undefined;
  }
};

/** A note that cannot be read is not a missing one. */
const noted = (value: unknown): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  throw new Error('another shape');
};

const notedList = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new Error('another shape');
};

const readNamed = (body: string): Readonly<Record<string, unknown>> & Watched => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) throw new Error('another version');
  const { kind, name } = value;
  if (!isKind(kind) || typeof name !== 'string' || name === '') throw new Error('another shape');
  return { ...value, kind, name };
};

const isKind = (value: unknown): value is ScopeKind => scopeKinds.some((kind) => kind === value);

/** Everything used so far, as `list` reads it from the table. */
export const readScope = async (
  list: (pk: string) => Promise<readonly { readonly body: string }[]>,
): Promise<Scope> => (await list(scopePartition)).flatMap(({ body }) => readScopeEntry(body) ?? []);

export const sweepPartition = 'sweep';

export const droppedPrefix = 'dropped#';

export const droppedSortKey = (watched: Watched): string => `${droppedPrefix}${scopeSortKey(watched)}`;

export const writeDropped = ({ kind, name, droppedAt }: Watched): string =>
  JSON.stringify({ version: 1, kind, name, droppedAt });

export const readDropped = (body: string): Watched | undefined => {
  const note = readNote(body, 'droppedAt');
  return note && { kind: note.kind, name: note.name, droppedAt: note.at };
};

/** A note of the sweep: a thing, and since when something is true of it. Undefined if this version cannot read it. */
const readNote = (
  body: string,
  field: string,
): (Pick<Watched, 'kind' | 'name'> & { readonly at: Timestamp }) | undefined => {
  try {
    const { kind, name, [field]: at } = readNamed(body);
    return typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { kind, name, at } : undefined;
  } catch {
    return undefined;
  }
};

/** When an account of a project was last confirmed absent; by the project's name. */
export const lostSortKey = (project: string): string => `lost#${project}`;

export const writeLost = (project: string, now: Date): string =>
  JSON.stringify({ version: 1, kind: 'project', name: project, lostAt: now.toISOString() });

export const readLost = (body: string): { readonly name: string; readonly lostAt: Timestamp } | undefined => {
  const note = readNote(body, 'lostAt');
  return note?.kind === 'project' ? { name: note.name, lostAt: note.at } : undefined;
};

/** When the resource of a site was confirmed absent; by the site's name. */
export const goneSortKey = (site: string): string => `gone#${site}`;

export const writeGone = (site: string, goneAt: Timestamp): string =>
  JSON.stringify({ version: 1, kind: 'site', name: site, goneAt });

export const readGone = (body: string): { readonly name: string; readonly goneAt: Timestamp } | undefined => {
  const note = readNote(body, 'goneAt');
  return note?.kind === 'site' ? { name: note.name, goneAt: note.at } : undefined;
};

/** Written when bindings exist that the table does not list, before they are listed (adr/0019). */
export const foundUnlistedKey = { pk: scopePartition, sk: 'unlisted' } as const;

/** Written before the first binding. If it is missing while our pool has members, the table was emptied. */
export const initializedKey = { pk: scopePartition, sk: 'initialized' } as const;

export const writeInitialized = (now: Date): string =>
  JSON.stringify({ version: 1, since: now.toISOString() });

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

export const poolsAt = ({ name, pools }: Pick<Watched, 'name' | 'pools'>) =>
  pools === undefined ? [] : [[name, pools] as const];

/** Undefined if all members are ours. Nothing was ever bound at a site that is not entered. */
export const inheritedAt = (
  site: Watched | undefined,
  lists: ReadonlyMap<string, InheritedList> | undefined,
): 'all' | ReadonlySet<string> | undefined => {
  if (lists === undefined || site?.since === undefined) return 'all';
  if (site.inherited === undefined) return undefined;
  const list = lists.get(site.inherited);
  return list === undefined ? 'all' : new Set([...list.open, ...list.kept]);
};
