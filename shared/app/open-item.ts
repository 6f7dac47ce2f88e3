import { mayStillBind } from '../core/bindings.ts';
import { bindingOf, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { PermanentError, RetryableError } from '../core/errors.ts';
import {
  type BindingId,
  bindingKey,
  fitsInItem,
  isSameAccess,
  type LedgerEntry,
  maxEntries,
  type Requester,
  type RoleLedger,
  roleItemKey,
  writeLedgerItem,
} from '../core/ledger.ts';
import { type RoleRef, roleText } from '../core/model.ts';
import { roleKey } from '../core/role-key.ts';
import type { Ports } from '../ports.ts';

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
