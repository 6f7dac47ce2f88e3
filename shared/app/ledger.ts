import {
  answerPartition,
  readAnswer,
  revokeAllKey,
  type StoredAnswer,
  type StoredForget,
} from '../core/answer-item.ts';
import { mayStillBind } from '../core/bindings.ts';
import { bindingOf, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import {
  type BindingId,
  bindingKey,
  fitsInItem,
  isSameAccess,
  type LedgerEntry,
  maxEntries,
  type Requester,
  type RoleLedger,
  readRoleLedger,
  roleItemKey,
  rolePartition,
  writeLedgerItem,
} from '../core/ledger.ts';
import { type RoleRef, roleText, type Timestamp } from '../core/model.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import { initializedKey, lostSortKey, readLost, sweepPartition } from '../core/scope.ts';
import { type ItemKey, itemKeyText, type StoredItem } from '../core/table-item.ts';
import type { Ports, Table } from '../ports.ts';

export type Ledgers = ReadonlyMap<RoleKey, RoleLedger | Failure>;

/** Everything that reconcile needs from the table besides the roles' items. */
interface TableNotes {
  readonly answers: Answers;
  /** When accounts of these projects were last confirmed absent. */
  readonly lostAt: ReadonlyMap<string, Timestamp>;
  /** Changes whenever the table was emptied; undefined if nothing has been entered yet. */
  readonly generation?: string;
}

/** People's answers: revoke everything, and things that are gone. */
export interface Answers {
  /** Everything is revoked until someone resumes. */
  readonly revokeAll?: StoredAnswer;
  readonly forgets: ReadonlyMap<string, StoredForget>;
}

const unreadableAnswer = new PermanentError(
  `The item "${itemKeyText(revokeAllKey)}" of the ledger's table is not one that this version of rolebridge can read, so nothing is changed. ` +
    'Run "rolebridge resume", or "rolebridge revoke --all" again.',
);

const noNotes: TableNotes = { answers: { forgets: new Map() }, lostAt: new Map() };

/**
 * Reads the ledger of a batch of roles together with everything else that reconcile must know from the table. One read, so
 * nothing is older than the ledger. `projects`: those in which a drift reports a lost account.
 */
export const readLedgersAndNotes = async (
  table: Table,
  refs: readonly RoleRef[],
  forgetSortKeys: readonly string[],
  projects: readonly string[],
): Promise<{ readonly ledgers: Ledgers; readonly notes: TableNotes }> => {
  const keys = [
    revokeAllKey,
    initializedKey,
    ...forgetSortKeys.map((sk) => ({ pk: answerPartition, sk })),
    ...projects.map((project) => ({ pk: sweepPartition, sk: lostSortKey(project) })),
  ];
  const { ledgers, others } = await readWith(table, refs, keys);
  const forgets = new Map<string, StoredForget>();
  const lostAt = new Map<string, Timestamp>();
  let revokeAll: StoredAnswer | undefined;
  let generation: string | undefined;
  for (const { pk, sk, body, revision } of others) {
    const answer = readAnswer(body);
    const one = readLost(body);
    if (pk === initializedKey.pk) generation = revision;
    else if (pk === sweepPartition) {
      if (one !== undefined && lostSortKey(one.name) === sk) lostAt.set(one.name, one.lostAt);
    } else if (sk === revokeAllKey.sk) {
      // If the answer cannot be read, nothing may be granted.
      if (answer === undefined) return { ledgers: allFailing(refs, unreadableAnswer), notes: noNotes };
      revokeAll = answer;
    } else if (answer?.thing !== undefined && answer.kept !== undefined)
      forgets.set(sk, { ...answer, thing: answer.thing, kept: answer.kept });
  }
  return {
    ledgers,
    notes: {
      answers: { forgets, ...(revokeAll === undefined ? {} : { revokeAll }) },
      lostAt,
      ...(generation === undefined ? {} : { generation }),
    },
  };
};

const readWith = async (
  table: Table,
  refs: readonly RoleRef[],
  also: readonly ItemKey[],
): Promise<{ readonly ledgers: Ledgers; readonly others: readonly StoredItem[] }> => {
  const roles = new Map(refs.map((ref) => [roleKey(ref), ref]));
  try {
    const items = await table.read([...[...roles.keys()].map(roleItemKey), ...also]);
    const byPartition = new Map(items.map((item) => [item.pk, item]));
    const ledgers: Ledgers = new Map(
      [...roles].map(([key, role]) => {
        const item = byPartition.get(roleItemKey(key).pk);
        if (item === undefined) return [key, { role, entries: [] }];
        return [key, readRoleLedger(item) ?? unreadable(role)];
      }),
    );
    return { ledgers, others: items.filter(({ pk }) => !pk.startsWith(rolePartition)) };
  } catch (thrown) {
    return { ledgers: allFailing(refs, toFailure(thrown)), others: [] };
  }
};

const unreadable = (role: RoleRef): PermanentError =>
  new PermanentError(
    `The ledger's item of ${roleText(role)} is not one that this version of rolebridge can read, so nothing is changed for it. ` +
      'If no newer version wrote it, delete the item (docs/operations.md, "The ledger").',
  );

const allFailing = (refs: readonly RoleRef[], failure: Failure): Ledgers =>
  new Map(refs.map((ref) => [roleKey(ref), failure]));

/** The ledger's items of a batch of roles. If a role's item cannot be read, it has a failure, and nothing is bound for it. */
export const readLedgers = async (table: Table, refs: readonly RoleRef[]): Promise<Ledgers> =>
  (await readWith(table, refs, [])).ledgers;

/** Someone else's write came first; the role is read and planned again. */
export const lostRace = (role: RoleRef): RetryableError =>
  new RetryableError(`Someone else is working on ${roleText(role)} at the same time.`);

/** One role's item while its changes are made. Its writes follow each other, each naming the revision of the last. */
export interface OpenItem {
  /**
   * Adds binds and lists, and returns those that do not fit. An entry that is announced again counts as announced now.
   * @throws lostRace, Failure
   */
  readonly announce: (
    binds: readonly PolicyChange[],
    lists: readonly LedgerChange[],
  ) => Promise<ReadonlySet<PolicyChange | LedgerChange>>;
  /** Removes entries. @throws lostRace, Failure */
  readonly close: (gone: ReadonlySet<string>) => Promise<void>;
  /** Entries that are too old for their writer to be about to bind, and entries that were never listed. */
  readonly isUndisturbed: (key: string) => boolean;
  /** Everything that it has listed since it was opened, by bindingKey, including entries that left it. */
  readonly listed: () => ReadonlyMap<string, LedgerEntry>;
  readonly isLost: () => boolean;
}

type Requesters = ReadonlyMap<string, Requester | 'unknown'>;

export const openItem = (
  { table, clock }: Pick<Ports, 'table' | 'clock'>,
  role: RoleRef,
  ledger: RoleLedger,
  requestersNow: Requesters,
): OpenItem => {
  const key = roleItemKey(roleKey(role));
  const before = new Map(ledger.entries.map((entry) => [bindingKey(entry), entry]));
  let entries: ReadonlyMap<string, LedgerEntry> = before;
  let { revision } = ledger;
  let isLost = false;
  let last: Promise<unknown> = Promise.resolve();

  const lose = (): never => {
    isLost = true;
    throw lostRace(role);
  };
  const save = async (next: ReadonlyMap<string, LedgerEntry>): Promise<void> => {
    if (isLost) lose();
    if (next.size === 0 && revision === undefined) return;
    if (next.size === 0 && revision !== undefined) {
      const removed = await table.remove(key, revision);
      if (removed.kind === 'lost') lose();
      revision = undefined;
    } else {
      const body = writeLedgerItem({ role, entries: [...next.values()] });
      const written = await table.write({ ...key, body }, revision);
      if (written.kind === 'lost') return lose();
      ({ revision } = written);
    }
    entries = next;
  };
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const made = last.then(step, step);
    last = made;
    return made;
  };
  const entered = (binding: BindingId, grants: readonly string[], now: string): LedgerEntry => {
    const listed = entries.get(bindingKey(binding));
    const { requesters, ...old }: Partial<LedgerEntry> = listed ?? {};
    return {
      ...binding,
      since: now,
      ...old,
      grants,
      announcedAt: now,
      ...requestersFor(grants, requestersNow, requesters),
    };
  };

  /** A binding that was listed long ago is made again: that is a new fact, although its requester is the same. */
  const bound = (bind: PolicyChange, now: string): LedgerEntry => {
    const entry = entered(bindingOf(bind), bind.grants, now);
    return isUndisturbed(bindingKey(entry)) ? { ...entry, since: now } : entry;
  };
  const isUndisturbed = (one: string): boolean => {
    const entry = before.get(one);
    return entry === undefined || !mayStillBind(entry, clock.now());
  };

  /**
   * Only new access counts against the limit: if a moved end were refused, access that a tag asks for would end. If the item
   * has too many bytes, requesters are dropped before bindings. If it still does not fit, a listed binding stays as it was.
   */
  const enter = (next: Map<string, LedgerEntry>, entry: LedgerEntry): boolean => {
    const one = bindingKey(entry);
    const old = next.get(one);
    const isNew = ![...next.values()].some((other) => isSameAccess(other, entry));
    const isFit = (all: readonly LedgerEntry[]): boolean =>
      fitsInItem({ role, entries: all }, isNew ? maxEntries : all.length);
    if (isFit([...next.set(one, entry).values()])) return true;
    const bare = [...next.values()].map(withoutRequesters);
    if (isFit(bare)) {
      for (const each of bare) next.set(bindingKey(each), each);
      return true;
    }
    if (old === undefined) next.delete(one);
    else next.set(one, { ...old, announcedAt: entry.announcedAt });
    return old !== undefined;
  };

  return {
    announce: (binds, lists) =>
      inTurn(async () => {
        const now = clock.now().toISOString();
        const next = new Map(entries);
        const refused = new Set<PolicyChange | LedgerChange>();
        for (const list of lists)
          if (!enter(next, entered(list.binding, list.grants, now))) refused.add(list);
        for (const bind of binds) if (!enter(next, bound(bind, now))) refused.add(bind);
        if (lists.length + binds.length > refused.size) await save(next);
        return refused;
      }),
    close: (gone) =>
      inTurn(async () => {
        const next = new Map([...entries].filter(([one]) => !gone.has(one)));
        if (next.size < entries.size) await save(next);
      }),
    isUndisturbed,
    listed: () => new Map([...before, ...entries]),
    isLost: () => isLost,
  };
};

/** The requesters of some grants: from an event of this run, or else as recorded for the same binding. */
const requestersFor = (
  grants: readonly string[],
  known: Requesters,
  recorded: readonly Requester[] = [],
): Pick<LedgerEntry, 'requesters'> => {
  const requesters = grants.flatMap((grant) => {
    const one = known.get(grant) ?? recorded.find((old) => old.grant === grant);
    return one === undefined || one === 'unknown' ? [] : [one];
  });
  return requesters.length === 0 ? {} : { requesters };
};

const withoutRequesters = (entry: LedgerEntry): LedgerEntry => {
  const { requesters: _, ...rest } = entry;
  return rest;
};

export const tooManyEntries = (role: RoleRef): PermanentError =>
  new PermanentError(
    `The ledger's item of ${roleText(role)} is full (${maxEntries} bindings, or 390 KB). Remove tags that are no longer needed; revocations still work.`,
  );
