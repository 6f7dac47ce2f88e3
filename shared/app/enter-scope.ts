import type { Change } from '../core/change.ts';
import { type Failure, RetryableError, toFailure } from '../core/errors.ts';
import {
  droppedPrefix,
  foundUnlistedKey,
  initializedKey,
  scopeSortKey,
  sweepPartition,
  usedScope,
  writeInitialized,
  writeScopeEntry,
} from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { itemKeyText, scopePartition } from '../core/table-item.ts';
import type { ItemKey, Ports, Table } from '../ports.ts';
import type { RoleRun } from './role-run.ts';

/** The state of the table, as this batch knows it. */
export interface TableState {
  /** Changes whenever the table was emptied; undefined if nothing has been entered yet. */
  readonly generation?: string;
  /** Bindings exist that the table does not list. */
  readonly isUnlisted: boolean;
}

/**
 * Enters everything that the configuration names into the table before its first use. If that fails, nothing new is bound or
 * published.
 */
export const enterScope = async (
  settings: Settings,
  ports: Pick<Ports, 'table' | 'clock' | 'entered'>,
  runs: readonly RoleRun[],
  state: TableState,
): Promise<Failure | undefined> => {
  if (!state.isUnlisted && !runs.some(({ plan }) => plan.changes.some(isGrowing))) return undefined;
  try {
    await enterItems(settings, ports, state);
    return undefined;
  } catch (thrown) {
    return toFailure(thrown);
  }
};

/** Listing a binding again counts as use, too: an emptied table no longer knows its project. */
const isGrowing = ({ kind }: Change): boolean =>
  kind === 'bind' || kind === 'publish' || kind === 'list' || kind === 'writeStatus';

/**
 * A later configuration cannot forget an entered item. This container does not enter an item twice, unless the table was
 * emptied since.
 */
const enterItems = async (
  settings: Settings,
  { table, clock, entered }: Pick<Ports, 'table' | 'clock' | 'entered'>,
  { generation, isUnlisted }: TableState,
): Promise<void> => {
  const now = clock.now();
  if (entered.generation !== generation) entered.keys.clear();
  entered.generation = generation;
  const items = [
    // The first sweep that judges this table reads it: those bindings were made under an earlier table.
    ...(isUnlisted ? [{ ...foundUnlistedKey, body: writeInitialized(now) }] : []),
    ...usedScope(settings).map((entry) => ({
      pk: scopePartition,
      sk: scopeSortKey(entry),
      body: writeScopeEntry(entry, now),
    })),
    { ...initializedKey, body: writeInitialized(now) },
  ].filter((item) => !entered.keys.has(itemKeyText(item)));
  if (items.length === 0) return;
  const noteOf = ({ sk }: ItemKey): ItemKey => ({ pk: sweepPartition, sk: `${droppedPrefix}${sk}` });
  const stored = await table.read([...items, ...items.map(noteOf)]);
  const known = new Map(stored.map((item) => [itemKeyText(item), item.revision]));
  for (const item of items) {
    const name = itemKeyText(item);
    const revision = known.get(name);
    // A sweep that began under an earlier file may be about to remove it: a new revision makes that fail.
    const isLeaving = known.has(itemKeyText(noteOf(item)));
    const current =
      revision === undefined || (isLeaving && (await table.write(item, revision)).kind === 'lost')
        ? await enter(table, item)
        : revision;
    if (name === itemKeyText(initializedKey)) entered.generation = current;
    entered.keys.add(name);
  }
};

/** Returns the item's revision. Another container may have entered the item first. */
export const enter = async (table: Table, item: ItemKey & { readonly body: string }): Promise<string> => {
  const written = await table.write(item);
  if (written.kind === 'written') return written.revision;
  const [other] = await table.read([item]);
  if (other === undefined)
    throw new RetryableError(`${itemKeyText(item)} could not be entered into the table.`);
  return other.revision;
};
