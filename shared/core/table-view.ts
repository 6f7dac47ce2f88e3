import {
  type Approval,
  answerPartition,
  isApprovalSortKey,
  readAnswer,
  readApproval,
  revokeAllKey,
  type StoredAnswer,
} from './answer-item.ts';
import { isHeldPartition, readHeldLists, type StoredHeldLists } from './held-list.ts';
import { type HeldNow, heldNowSortKey, readHeldNow } from './held-now.ts';
import { type InheritedList, isInheritedItem, readInherited } from './inherited.ts';
import { bindingsSortKey, type RoleLedger, readRoleLedger, rolePartition } from './ledger.ts';
import { reachedKey, readReached } from './reached-accounts.ts';
import type { RoleKey } from './role-key.ts';
import {
  foundUnlistedKey,
  goneSortKey,
  initializedKey,
  lostSortKey,
  readDropped,
  readGone,
  readLost,
  readScopeEntry,
  type Scope,
  scopeSortKey,
  sweepPartition,
  withGone,
  withLosses,
} from './scope.ts';
import { itemKeyText, type StoredItem, scopePartition } from './table-item.ts';
import { readVerdict, type TableVerdict, verdictKey } from './table-verdict.ts';

/** The whole table, parsed. */
export interface TableView {
  readonly ledgers: ReadonlyMap<RoleKey, RoleLedger>;
  /** Roles whose items this version cannot read: nothing is concluded about them. */
  readonly unreadableRoles: ReadonlySet<RoleKey>;
  /** Names of items that this version cannot read. */
  readonly unreadable: readonly string[];
  /** Everything used, and since when the file lacks it. */
  readonly scope: Scope;
  /** By `pk sk`. */
  readonly revisions: ReadonlyMap<string, string>;
  /** The revision of `initialized`; undefined if the scope was never entered, or was removed. */
  readonly generation?: string;
  /** reconcile found bindings that the table did not list. */
  readonly hasFoundUnlisted: boolean;
  readonly verdict?: TableVerdict;
  /** Other AWS accounts whose roles a sweep has listed. */
  readonly reached: ReadonlySet<string>;
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: StoredAnswer;
  /** By project: when one of its accounts was last confirmed absent. */
  readonly lost: ReadonlyMap<string, string>;
  /** By site: when its resource was first confirmed absent. */
  readonly gone: ReadonlyMap<string, string>;
  /** Lists of held revocations. */
  readonly held: StoredHeldLists;
  /** Revocations that the last sweep held, by AWS account. */
  readonly heldNow: readonly HeldNow[];
  /** Members that sites had before their first use, by the id of their list. */
  readonly inherited: ReadonlyMap<string, InheritedList>;
  /** People's approvals of these lists. */
  readonly approvals: readonly Approval[];
}

export const readTable = (items: readonly StoredItem[]): TableView => {
  const ledgers = new Map<RoleKey, RoleLedger>();
  const unreadableRoles = new Set<RoleKey>();
  const unreadable: string[] = [];
  const used: Scope[number][] = [];
  const dropped = new Map<string, string>();
  const lost = new Map<string, string>();
  const gone = new Map<string, string>();
  const heldItems: StoredItem[] = [];
  const heldNow: HeldNow[] = [];
  const approvals: Approval[] = [];
  const inheritedItems: StoredItem[] = [];
  let revokeAll: StoredAnswer | undefined;
  let generation: string | undefined;
  let hasFoundUnlisted = false;
  let verdict: TableVerdict | undefined;
  let reached: readonly string[] = [];
  for (const item of items) {
    const { pk, sk, body } = item;
    const name = itemKeyText(item);
    if (pk.startsWith(rolePartition)) {
      const ledger = readRoleLedger(item);
      if (ledger !== undefined && sk === bindingsSortKey) ledgers.set(pk.slice(rolePartition.length), ledger);
      else {
        unreadable.push(name);
        unreadableRoles.add(pk.slice(rolePartition.length));
      }
    } else if (name === itemKeyText(initializedKey)) generation = item.revision;
    else if (name === itemKeyText(foundUnlistedKey)) hasFoundUnlisted = true;
    else if (isInheritedItem(item)) inheritedItems.push(item);
    else if (pk === scopePartition) {
      const entry = readScopeEntry(body);
      if (entry === undefined || scopeSortKey(entry) !== sk) unreadable.push(name);
      else used.push(entry);
    } else if (name === itemKeyText(verdictKey)) {
      verdict = readVerdict(body);
      if (verdict === undefined) unreadable.push(name);
    } else if (name === itemKeyText(reachedKey)) {
      const accounts = readReached(body);
      if (accounts === undefined) unreadable.push(name);
      else reached = accounts;
    } else if (itemKeyText(revokeAllKey) === name) {
      revokeAll = readAnswer(body);
      if (revokeAll === undefined) unreadable.push(name);
    } else if (pk === answerPartition && isApprovalSortKey(sk)) {
      const approval = readApproval(item);
      if (approval === undefined) unreadable.push(name);
      else approvals.push(approval);
    } else if (isHeldPartition(pk) && sk === heldNowSortKey) {
      const one = readHeldNow(item);
      if (one === undefined) unreadable.push(name);
      else heldNow.push(one);
    } else if (isHeldPartition(pk)) heldItems.push(item);
    else if (pk === sweepPartition && sk.startsWith(lostSortKey(''))) {
      const one = readLost(body);
      if (one === undefined || lostSortKey(one.name) !== sk) unreadable.push(name);
      else lost.set(one.name, one.lostAt);
    } else if (pk === sweepPartition && sk.startsWith(goneSortKey(''))) {
      const one = readGone(body);
      if (one === undefined || goneSortKey(one.name) !== sk) unreadable.push(name);
      else gone.set(one.name, one.goneAt);
    } else if (pk === sweepPartition) {
      const one = readDropped(body);
      if (one?.droppedAt === undefined) unreadable.push(name);
      else dropped.set(scopeSortKey(one), one.droppedAt);
    }
    // Other partitions belong to later versions.
  }
  const held = readHeldLists(heldItems);
  const inherited = readInherited(inheritedItems);
  return {
    ledgers,
    unreadableRoles,
    unreadable: [...unreadable, ...held.unreadable, ...inherited.unreadable],
    scope: withGone(
      withLosses(
        used.map((one) => {
          const droppedAt = dropped.get(scopeSortKey(one));
          return droppedAt === undefined ? one : { ...one, droppedAt };
        }),
        lost,
      ),
      gone,
    ),
    revisions: new Map(items.map((item) => [itemKeyText(item), item.revision])),
    ...(generation === undefined ? {} : { generation }),
    hasFoundUnlisted,
    ...(verdict === undefined ? {} : { verdict }),
    reached: new Set(reached),
    ...(revokeAll === undefined ? {} : { revokeAll }),
    lost,
    gone,
    held,
    heldNow,
    inherited: inherited.lists,
    approvals,
  };
};
