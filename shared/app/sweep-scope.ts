import { sitesWithoutList } from '../core/adopt.ts';
import { toFailure } from '../core/errors.ts';
import { type OurBinding, ourBindings } from '../core/iam-policy.ts';
import { poolOfMember } from '../core/member.ts';
import { isDryRun } from '../core/mode.ts';
import type { RoleRef } from '../core/model.ts';
import { roleKey } from '../core/role-key.ts';
import {
  droppedSortKey,
  foundUnlistedKey,
  goneSortKey,
  initializedKey,
  isSettled,
  lostSortKey,
  namesIn,
  restorableMilliseconds,
  type Scope,
  scopeSortKey,
  sweepPartition,
  type Watched,
  watchedScope,
  writeDropped,
} from '../core/scope.ts';
import { isServiceAccountResource, type ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText, type StoredItem, scopePartition } from '../core/table-item.ts';
import { isJudged, isOpen } from '../core/table-verdict.ts';
import { readTable, type TableView } from '../core/table-view.ts';
import type { SweepPorts, Table } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import { leavePools } from './leave-pools.ts';
import { readLedgers } from './ledger.ts';
import type { Snapshot } from './snapshot.ts';
import { isListed, isStillBound, type MemberAccess } from './table-state.ts';

/** The ledger's table, and the items of it that could not be read. */
export interface LoadedScope {
  /** Undefined if the table could not be read: then nothing counts as missing from it. */
  readonly view: TableView | undefined;
  /** Everything to read: all that the file names, and all that was used before. */
  readonly scope: Scope;
  readonly blindSpots: readonly BlindSpot[];
  /** A time before the table was read: later writes are not in it. */
  readonly readAt: Date;
  /** Whether a binding of ours that no sweep has judged is there and not in the table. Missing where that is not known. */
  readonly isUnlisted?: boolean;
}

export const loadScope = async (settings: Settings, ports: SweepPorts): Promise<LoadedScope> => {
  const now = ports.clock.now();
  try {
    const items: StoredItem[] = [];
    for await (const page of ports.table.scan()) items.push(...page);
    const view = readTable(items);
    return {
      view,
      readAt: now,
      scope: watchedScope(settings, view.scope, now),
      blindSpots: [
        ...view.unreadable.map((name) => ({
          what: `the ledger's item ${name}`,
          reason:
            'It is not one that this version of rolebridge can read. If no newer version wrote it, delete it: docs/operations.md, "The ledger is lost".',
        })),
        ...sitesWithoutList(view)
          .filter(({ since = '' }) => !isRecent(since, now))
          .map(({ name }) => ({
            what: `the members that ${name} had before rolebridge used it`,
            reason:
              "Their list is incomplete in the ledger's table, so members stay there unless the ledger lists them or a tag asks for them. The next tag that asks for this access completes the list.",
          })),
      ],
    };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    const blindSpots = [{ what: 'the ledger, and what earlier configurations used', reason }];
    return {
      view: undefined,
      readAt: now,
      scope: watchedScope(settings, [], now),
      blindSpots,
    };
  }
};

/** The scan may have read the table where the list was to be, before it was written. */
const isRecent = (since: string, now: Date): boolean => now.getTime() - Date.parse(since) < 60 * 60 * 1000;

/**
 * Reads the items of roles that are bound and not listed once more, after the policies: what was granted in between is listed
 * by then. If something is still to be judged, it also confirms what stays unlisted. A read that fails proves nothing.
 */
export const reloadScope = async (
  settings: Settings,
  ports: SweepPorts,
  seen: LoadedScope,
  snapshot: Pick<Snapshot, 'policies' | 'ownerships' | 'own'>,
): Promise<LoadedScope> => {
  const { view: first } = seen;
  if (first === undefined) return seen;
  const blindSpots = [...seen.blindSpots];
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (thrown) {
      blindSpots.push({ what: 'what the ledger lists now', reason: toFailure(thrown).message });
      return undefined;
    }
  };
  const bound = boundIn(settings, snapshot);
  const view = await attempt(() => withLedgers(ports.table, first, bound, blindSpots));
  if (view === undefined) return { ...seen, blindSpots };
  if (!isOpen(view)) return { ...seen, view, blindSpots };
  // Read these after the items: each note is written before the binding that it is about is listed.
  const noted = await attempt(() => withNotes(ports.table, view));
  if (noted === undefined) return { ...seen, view, blindSpots };
  const unlisted = unlistedIn(settings, noted, bound, snapshot.ownerships);
  const isUnlisted = await attempt(() => isStillBound(settings, ports.policies, unlisted));
  return { ...seen, view: noted, blindSpots, ...(isUnlisted === undefined ? {} : { isUnlisted }) };
};

interface Bound extends MemberAccess {
  readonly ref: RoleRef;
}

const boundIn = (
  settings: Settings,
  { policies, own }: Pick<Snapshot, 'policies' | 'own'>,
): readonly Bound[] => [
  ...[...policies].flatMap(([resource, observed]) =>
    observed.kind === 'read' && isServiceAccountResource(resource)
      ? ourBindings(settings, resource, observed.policy).map((one) => boundAt(resource, one))
      : [],
  ),
  ...(own?.bindings ?? []).map((one) => boundAt(own?.resource ?? '', one)),
];

const boundAt = (resource: ResourceName, { ref, googleRole, member }: OurBinding): Bound => ({
  resource,
  ref,
  googleRole,
  member,
});

/** An item that cannot be read now proves nothing. */
const withLedgers = async (
  table: Table,
  view: TableView,
  bound: readonly Bound[],
  blindSpots: BlindSpot[],
): Promise<TableView> => {
  const refs = bound.filter((one) => !isBoundAsListed(view, one)).map(({ ref }) => ref);
  if (refs.length === 0) return view;
  const ledgers = new Map(view.ledgers);
  const unreadableRoles = new Set(view.unreadableRoles);
  for (const [key, ledger] of await readLedgers(table, refs))
    if (ledger instanceof Error) {
      unreadableRoles.add(key);
      blindSpots.push({ what: `the ledger's item of ${key}`, reason: ledger.message });
    } else if (ledger.revision !== undefined) ledgers.set(key, ledger);
  return { ...view, ledgers, unreadableRoles };
};

const isBoundAsListed = ({ ledgers }: TableView, bound: Bound): boolean =>
  isListed(ledgers.get(roleKey(bound.ref))?.entries ?? [], bound);

const withNotes = async (table: Table, view: TableView): Promise<TableView> => {
  const notes = await table.read([foundUnlistedKey, initializedKey]);
  const generation = notes.find(({ sk }) => sk === initializedKey.sk)?.revision ?? view.generation;
  return {
    ...view,
    hasFoundUnlisted: view.hasFoundUnlisted || notes.some(({ sk }) => sk === foundUnlistedKey.sk),
    ...(generation === undefined ? {} : { generation }),
  };
};

/** Bindings in our own pools that the table should list, and does not, and that no sweep has judged. */
const unlistedIn = (
  settings: Settings,
  view: TableView,
  bound: readonly Bound[],
  ownerships: Snapshot['ownerships'],
): readonly Bound[] =>
  bound.filter((one) => {
    const role = roleKey(one.ref);
    const pool = poolOfMember(settings, one.member) ?? '';
    if (ownerships.get(pool)?.kind !== 'ours' || view.unreadableRoles.has(role)) return false;
    if (isJudged(view.verdict, view.generation, { resource: one.resource, pool, role })) return false;
    return view.generation === undefined || !isBoundAsListed(view, one);
  });

/**
 * Notes since when the file lacks what was used before, and removes from the table what is clean and was dropped long
 * enough ago. What is left of the dropped things comes back.
 */
export const saveScope = async (
  settings: Settings,
  ports: SweepPorts,
  { view, scope }: LoadedScope,
  clean: readonly Watched[],
): Promise<{ readonly left: Scope; readonly blindSpots: readonly BlindSpot[] }> => {
  const now = ports.clock.now();
  const isLeft = (one: Watched): boolean => one.droppedAt !== undefined || one.isFormer === true;
  const dropped = scope.filter(isLeft);
  if (view === undefined || isDryRun(settings.mode)) return { left: dropped, blindSpots: [] };
  const settled = dropped.filter((one) => clean.includes(one) && isSettled(one, now));
  const noted = (one: Watched): ItemKey => ({ pk: sweepPartition, sk: droppedSortKey(one) });
  const lost = (project: string): ItemKey => ({ pk: sweepPartition, sk: lostSortKey(project) });
  const goneNote = (site: string): ItemKey => ({ pk: sweepPartition, sk: goneSortKey(site) });
  const isNoted = (one: Watched): boolean => view.revisions.has(itemKeyText(noted(one)));
  try {
    // A pool leaves the sites first: its members there count as ours for as long as a site covers it.
    const hasLeftSites = await leavePools(
      ports,
      view,
      scope.filter((one) => !settled.includes(one)),
    );
    const gone = settled.filter(({ kind }) => kind !== 'pool' || hasLeftSites);
    for (const one of gone) {
      await remove(ports, view, { pk: scopePartition, sk: scopeSortKey(one) });
      await remove(ports, view, noted(one));
      if (one.kind === 'project') await remove(ports, view, lost(one.name));
      if (one.kind === 'site') await remove(ports, view, goneNote(one.name));
    }
    for (const [name, lostAt] of view.lost)
      if (now.getTime() - Date.parse(lostAt) >= restorableMilliseconds) await remove(ports, view, lost(name));
    const sites = new Set(namesIn(scope, 'site'));
    for (const site of view.gone.keys()) if (!sites.has(site)) await remove(ports, view, goneNote(site));
    for (const one of dropped)
      if (!gone.includes(one) && one.droppedAt !== undefined && !isNoted(one))
        await ports.table.write({ ...noted(one), body: writeDropped(one) });
    for (const one of scope) if (!isLeft(one) && isNoted(one)) await remove(ports, view, noted(one));
    return { left: dropped.filter((one) => !gone.includes(one)), blindSpots: [] };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    return { left: dropped, blindSpots: [{ what: 'what earlier configurations used, for later', reason }] };
  }
};

/** If the race is lost, someone has used it again, and the next sweep decides. */
const remove = async ({ table }: SweepPorts, { revisions }: TableView, key: ItemKey): Promise<void> => {
  const revision = revisions.get(itemKeyText(key));
  if (revision !== undefined) await table.remove(key, revision);
};
