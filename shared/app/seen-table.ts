import { toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { writesNothing } from '../core/mode.ts';
import type { RoleRef } from '../core/model.ts';
import { roleKey } from '../core/role-key.ts';
import {
  droppedSortKey,
  foundUnlistedKey,
  initializedKey,
  isSettled,
  lostSortKey,
  restorableMilliseconds,
  type Scope,
  scopePartition,
  scopeSortKey,
  sweepPartition,
  type Watched,
  watchedScope,
  writeDropped,
} from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText } from '../core/table-item.ts';
import { readTable, type TableView } from '../core/table-view.ts';
import type { StoredItem, SweepPorts, Table } from '../ports.ts';
import { readLedgers } from './ledger.ts';
import type { Seen, Unseen } from './snapshot.ts';

/** What the ledger's table holds, and what of it could not be read. */
export interface SeenTable {
  /** Undefined where the table could not be read: nothing is concluded from what it does not say. */
  readonly view: TableView | undefined;
  /** What to look through: what the file names, and what was used before. */
  readonly scope: Scope;
  readonly blindSpots: readonly Unseen[];
  /** Before it was read: what was written later is not in it. */
  readonly readAt: Date;
}

export const readSeenTable = async (settings: Settings, ports: SweepPorts): Promise<SeenTable> => {
  const now = ports.clock.now();
  try {
    const items: StoredItem[] = [];
    for await (const page of ports.table.scan()) items.push(...page);
    const view = readTable(items);
    return {
      view,
      readAt: now,
      scope: watchedScope(settings, view.scope, now),
      blindSpots: view.unreadable.map((name) => ({
        what: `the ledger's item ${name}`,
        reason:
          'It is not one that this version of rolebridge can read. If no newer version wrote it, delete it: docs/operations.md, "The ledger is lost".',
      })),
    };
  } catch (thrown) {
    const reason = toFailure(thrown).message;
    const blindSpots = [{ what: 'the ledger, and what earlier configurations used', reason }];
    return { view: undefined, readAt: now, scope: watchedScope(settings, [], now), blindSpots };
  }
};

/**
 * With the items of roles that are bound and not listed read once more, after the policies: what was granted in between is
 * listed by then.
 */
export const seenAgain = async (
  settings: Settings,
  { table }: SweepPorts,
  seen: SeenTable,
  { policies }: Pick<Seen, 'policies'>,
): Promise<SeenTable> => {
  const { view } = seen;
  if (view === undefined) return seen;
  try {
    return await readAgain(settings, table, { ...seen, view }, policies);
  } catch (thrown) {
    const blindSpot = { what: 'what the ledger listed meanwhile', reason: toFailure(thrown).message };
    return { ...seen, blindSpots: [...seen.blindSpots, blindSpot] };
  }
};

const readAgain = async (
  settings: Settings,
  table: Table,
  seen: SeenTable & { readonly view: TableView },
  policies: Seen['policies'],
): Promise<SeenTable> => {
  const { view } = seen;
  const bound = [...policies].flatMap(([resource, observed]) =>
    observed.kind === 'read'
      ? ourBindings(settings, observed.policy).map((binding) => ({ resource, ...binding }))
      : [],
  );
  const refs = bound
    .filter(({ ref, resource, member }) => !isListed(view, ref, resource, member))
    .map(({ ref }) => ref);
  const again = refs.length === 0 ? [] : await readLedgers(table, refs);
  const ledgers = new Map(view.ledgers);
  const unreadableRoles = new Set(view.unreadableRoles);
  const blindSpots = [...seen.blindSpots];
  // An item that cannot be read now proves nothing.
  for (const [key, ledger] of again)
    if (ledger instanceof Error) {
      unreadableRoles.add(key);
      blindSpots.push({ what: `the ledger's item of ${key}`, reason: ledger.message });
    } else if (ledger.revision !== undefined) ledgers.set(key, ledger);
  // After the items: both are written before what they are about is listed.
  const notes = view.verdict === undefined ? await table.read([foundUnlistedKey, initializedKey]) : [];
  const hasFoundUnlisted = view.hasFoundUnlisted || notes.some(({ sk }) => sk === foundUnlistedKey.sk);
  const generation = notes.find(({ sk }) => sk === initializedKey.sk)?.revision ?? view.generation;
  return {
    ...seen,
    blindSpots,
    view: {
      ...view,
      ledgers,
      unreadableRoles,
      hasFoundUnlisted,
      ...(generation === undefined ? {} : { generation }),
    },
  };
};

/** Whether the role's item lists a binding of that member, under any condition. */
export const isListed = (
  { ledgers }: TableView,
  ref: RoleRef,
  resource: ResourceName,
  member: string,
): boolean =>
  ledgers
    .get(roleKey(ref))
    ?.entries.some((entry) => entry.member === member && entry.resource === resource) ?? false;

/**
 * Notes since when the file lacks what was used before, and removes from the table what is clean and was dropped long
 * enough ago. What is left of the dropped things comes back.
 */
export const updateScope = async (
  settings: Settings,
  ports: SweepPorts,
  { view, scope }: SeenTable,
  clean: readonly Watched[],
): Promise<{ readonly left: Scope; readonly blindSpots: readonly Unseen[] }> => {
  const now = ports.clock.now();
  const isLeft = (one: Watched): boolean => one.droppedAt !== undefined || one.isFormer === true;
  const dropped = scope.filter(isLeft);
  if (view === undefined || writesNothing(settings.mode)) return { left: dropped, blindSpots: [] };
  const gone = dropped.filter((one) => clean.includes(one) && isSettled(one, now));
  const noted = (one: Watched): ItemKey => ({ pk: sweepPartition, sk: droppedSortKey(one) });
  const lost = (project: string): ItemKey => ({ pk: sweepPartition, sk: lostSortKey(project) });
  const isNoted = (one: Watched): boolean => view.revisions.has(itemKeyText(noted(one)));
  try {
    for (const one of gone) {
      await remove(ports, view, { pk: scopePartition, sk: scopeSortKey(one) });
      await remove(ports, view, noted(one));
      if (one.kind === 'project') await remove(ports, view, lost(one.name));
    }
    for (const [name, lostAt] of view.lost)
      if (now.getTime() - Date.parse(lostAt) >= restorableMilliseconds) await remove(ports, view, lost(name));
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

/** A lost race leaves it to the next sweep: someone has used it again. */
const remove = async ({ table }: SweepPorts, { revisions }: TableView, key: ItemKey): Promise<void> => {
  const revision = revisions.get(itemKeyText(key));
  if (revision !== undefined) await table.remove(key, revision);
};
