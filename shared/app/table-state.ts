import pMap from 'p-map';
import {
  bindingOf,
  type Change,
  isPolicyChange,
  type LedgerChange,
  type PolicyChange,
} from '../core/change.ts';
import { type Failure, RetryableError, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { poolOfMember } from '../core/member.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
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
import { isServiceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText, scopePartition } from '../core/table-item.ts';
import { isJudged, readVerdict, type TableVerdict, verdictKey } from '../core/table-verdict.ts';
import { accessOf } from '../core/target.ts';
import type { Ports, Table } from '../ports.ts';
import { readLedgers } from './ledger.ts';
import { callsAtATime } from './observe.ts';
import type { RoleRun } from './role-run.ts';

/** The state of the table, as this batch knows it. */
export interface TableState {
  /** Changes whenever the table was emptied; undefined if nothing has been entered yet. */
  readonly generation?: string;
  /** Bindings exist that the table does not list. */
  readonly isUnlisted: boolean;
}

/** The bindings that the table was found to lack. */
interface Unlisted {
  /** A binding is confirmed to exist that the table does not list. */
  readonly isConfirmed: boolean;
  /** Roles for which this could not be decided: their unlisted bindings are neither listed nor removed now. */
  readonly undecided: ReadonlyMap<RoleKey, Failure>;
}

/**
 * Looks for bindings that exist and that the table does not list. A function announces before it binds, so a binding that was
 * made while we read is listed by the time of a second read, and one that was removed again is gone from the policy. Where a
 * sweep has judged the bindings of a place, one that the table lacks came back since, with a restored account or by hand.
 */
export const findUnlisted = async (
  settings: Settings,
  { table, policies }: Pick<Ports, 'table' | 'policies'>,
  runs: readonly RoleRun[],
  generation: string | undefined,
): Promise<Unlisted> => {
  const undecided = new Map<RoleKey, Failure>();
  const suspects = runs.filter((run) => unlistedIn(run, run.observed.ledger.entries).length > 0);
  if (suspects.length === 0) return { isConfirmed: false, undecided };
  const refs = suspects.map(({ observed }) => observed.role.ref);
  const [again, verdict] = await Promise.all([readLedgers(table, refs), verdictIn(table)]);
  const confirmed = await pMap(
    suspects,
    async (run): Promise<boolean> => {
      const role = roleKey(run.request.ref);
      try {
        const ledger = again.get(role);
        if (ledger instanceof Error) throw ledger;
        if (verdict instanceof Error) throw verdict;
        const open = unlistedIn(run, ledger?.entries ?? [])
          .map(placeOf)
          .filter(({ resource, member }) => {
            const pool = poolOfMember(settings, member) ?? '';
            return !isJudged(verdict, generation, { resource, pool, role });
          });
        return await isStillBound(settings, policies, open);
      } catch (thrown) {
        undecided.set(role, toFailure(thrown));
        return false;
      }
    },
    { concurrency: callsAtATime },
  );
  return { isConfirmed: confirmed.includes(true), undecided };
};

/** Without a verdict, nothing has been judged yet. */
const verdictIn = async (table: Ports['table']): Promise<TableVerdict | Failure | undefined> => {
  try {
    const [item] = await table.read([verdictKey]);
    return item === undefined ? undefined : readVerdict(item.body);
  } catch (thrown) {
    return toFailure(thrown);
  }
};

/** Changes of bindings that exist and that the entries lack. */
export const unlistedIn = (
  { plan }: RoleRun,
  entries: readonly LedgerEntry[],
): readonly (LedgerChange | PolicyChange)[] =>
  plan.permitted.filter(
    (change): change is LedgerChange | PolicyChange =>
      (change.kind === 'list' || change.kind === 'unbind') &&
      // At other sites, what the table does not list was there before us.
      isServiceAccountResource(change.resource) &&
      !isListed(entries, placeOf(change)),
  );

const placeOf = (change: LedgerChange | PolicyChange): MemberAccess =>
  isPolicyChange(change) ? bindingOf(change) : change.binding;

/** A member's access, under any condition: an owner may have added one. */
export type MemberAccess = Pick<LedgerEntry, 'googleRole' | 'resource' | 'member'>;

/** Whether an entry lists this access, under any condition. */
export const isListed = (entries: readonly LedgerEntry[], { member, ...site }: MemberAccess): boolean =>
  entries.some((entry) => entry.member === member && accessOf(entry) === accessOf(site));

const placeKey = ({ googleRole, member }: Pick<MemberAccess, 'googleRole' | 'member'>): string =>
  `${googleRole} ${member}`;

/**
 * Whether one of the members is bound now. A binding that was made and removed since its policy was read is not bound any
 * more. Reads until one is confirmed.
 */
export const isStillBound = async (
  settings: Settings,
  policies: Pick<Ports['policies'], 'read'>,
  suspects: readonly MemberAccess[],
): Promise<boolean> => {
  for (const [resource, group] of Map.groupBy(suspects, (one) => one.resource)) {
    const { policy } = await policies.read(resource);
    const bound = new Set(ourBindings(settings, resource, policy).map(placeKey));
    if (group.some((one) => bound.has(placeKey(one)))) return true;
  }
  return false;
};

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
  if (!state.isUnlisted && !runs.some(({ plan }) => plan.permitted.some(isGrowing))) return undefined;
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
