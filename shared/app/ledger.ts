import {
  answerPartition,
  readAnswer,
  revokeAllKey,
  type StoredAnswer,
  type StoredForget,
} from '../core/answer-item.ts';
import { settlingMilliseconds } from '../core/bindings.ts';
import type { LedgerChange, PolicyChange } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import {
  type BindingId,
  bindingKey,
  fitsInItem,
  type LedgerEntry,
  maxEntries,
  writeLedgerItem,
} from '../core/ledger.ts';
import { type Cause, type RoleRef, roleText } from '../core/model.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import { itemKeyText } from '../core/table-item.ts';
import { type RoleLedger, readRoleLedger, roleItemKey } from '../core/table-view.ts';
import type { ItemKey, Ports, StoredItem, Table } from '../ports.ts';

type Ledgers = ReadonlyMap<RoleKey, RoleLedger | Failure>;

/** What the ledger holds of a batch of roles. A role whose item cannot be read has a failure, and gets nothing bound. */
export const readLedgers = async (table: Table, refs: readonly RoleRef[]): Promise<Ledgers> =>
  (await readWith(table, refs, [])).ledgers;

/** What people answered: that everything is to be removed, and that things are gone. */
export interface Answers {
  /** Everything is revoked until somebody resumes. */
  readonly revokeAll?: StoredAnswer;
  readonly forgets: ReadonlyMap<string, StoredForget>;
}

/** With the answers that reconcile must know: in the same read, so that none is older than the ledger. */
export const readLedgersAndAnswers = async (
  table: Table,
  refs: readonly RoleRef[],
  forgetSortKeys: readonly string[],
): Promise<{ readonly ledgers: Ledgers; readonly answers: Answers }> => {
  const keys = [revokeAllKey, ...forgetSortKeys.map((sk) => ({ pk: answerPartition, sk }))];
  const { ledgers, others } = await readWith(table, refs, keys);
  const forgets = new Map<string, StoredForget>();
  let revokeAll: StoredAnswer | undefined;
  for (const { sk, body } of others) {
    const answer = readAnswer(body);
    if (sk === revokeAllKey.sk) {
      // Without knowing what it says, nothing may be granted.
      if (answer === undefined) return { ledgers: allFailing(refs, unreadableAnswer), answers: noAnswers };
      revokeAll = answer;
    } else if (answer?.thing !== undefined) forgets.set(sk, { ...answer, thing: answer.thing });
  }
  return { ledgers, answers: { forgets, ...(revokeAll === undefined ? {} : { revokeAll }) } };
};

const noAnswers: Answers = { forgets: new Map() };

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
    return { ledgers, others: items.filter(({ pk }) => pk === answerPartition) };
  } catch (thrown) {
    return { ledgers: allFailing(refs, toFailure(thrown)), others: [] };
  }
};

const allFailing = (refs: readonly RoleRef[], failure: Failure): Ledgers =>
  new Map(refs.map((ref) => [roleKey(ref), failure]));

const unreadableAnswer = new PermanentError(
  `The item "${itemKeyText(revokeAllKey)}" of the ledger's table is not one that this version of rolebridge can read, so nothing is changed. ` +
    'Run "rolebridge resume", or "rolebridge revoke --all" again.',
);

const unreadable = (role: RoleRef): PermanentError =>
  new PermanentError(
    `The ledger's item of ${roleText(role)} is not one that this version of rolebridge can read, so nothing is changed for it. ` +
      'If no newer version wrote it, delete the item (docs/operations.md, "The ledger").',
  );

/** Thrown where a conditional write was lost; the role is read and planned again. */
export class LostRace extends RetryableError {}

export const lostRace = (role: RoleRef): LostRace =>
  new LostRace(`Someone else is working on ${roleText(role)} at the same time.`);

/** One role's item while its changes are made. Its writes follow each other, each naming the revision of the last. */
export interface OpenItem {
  /** Adds binds and lists; whatever is announced twice was announced last now. @throws LostRace, Failure */
  readonly announce: (
    binds: readonly PolicyChange[],
    lists: readonly LedgerChange[],
  ) => Promise<ReadonlySet<PolicyChange>>;
  /** Removes entries. @throws LostRace, Failure */
  readonly close: (gone: ReadonlySet<string>) => Promise<void>;
  /** Entries that were there, and too old for their writer to be about to bind still; those that never were included. */
  readonly isUndisturbed: (key: string) => boolean;
  readonly isLost: () => boolean;
}

export const bindingOf = ({ edit, resource }: PolicyChange): BindingId => ({
  googleRole: edit.role,
  resource,
  member: edit.member,
  ...(edit.condition === undefined ? {} : { condition: edit.condition }),
});

/** Longer names of callers are left out: an ARN has at most 2,048 characters. */
const maxRequester = 2048;

const requesterOf = ({ requestedBy, eventId, eventName }: Cause) => ({
  ...(requestedBy === undefined || requestedBy.length > maxRequester ? {} : { requestedBy }),
  ...(eventId === undefined || eventId.length > maxRequester ? {} : { eventId }),
  ...(eventName === undefined || eventName.length > maxRequester ? {} : { eventName }),
});

export const openItem = (
  { table, clock }: Pick<Ports, 'table' | 'clock'>,
  role: RoleRef,
  ledger: RoleLedger,
  cause: Cause,
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
  const entered = (binding: BindingId, grants: readonly string[], now: string): LedgerEntry => ({
    ...(entries.get(bindingKey(binding)) ?? { ...binding, since: now, ...requesterOf(cause) }),
    grants,
    announcedAt: now,
  });

  return {
    announce: (binds, lists) =>
      inTurn(async () => {
        const now = clock.now().toISOString();
        const next = new Map(entries);
        const refused = new Set<PolicyChange>();
        for (const { binding, grants } of lists) next.set(bindingKey(binding), entered(binding, grants, now));
        for (const bind of binds) {
          const binding = bindingOf(bind);
          const one = bindingKey(binding);
          const old = next.get(one);
          next.set(one, entered(binding, bind.grants, now));
          if (old !== undefined || fitsInItem({ role, entries: [...next.values()] })) continue;
          next.delete(one);
          refused.add(bind);
        }
        if (lists.length > 0 || binds.length > refused.size) await save(next);
        return refused;
      }),
    close: (gone) =>
      inTurn(async () => {
        const next = new Map([...entries].filter(([one]) => !gone.has(one)));
        if (next.size < entries.size) await save(next);
      }),
    isUndisturbed: (one) => {
      const entry = before.get(one);
      return (
        entry === undefined || clock.now().getTime() - Date.parse(entry.announcedAt) >= settlingMilliseconds
      );
    },
    isLost: () => isLost,
  };
};

export const tooManyEntries = (role: RoleRef): PermanentError =>
  new PermanentError(
    `The ledger's item of ${roleText(role)} is full (${maxEntries} bindings, or 390 KB). Remove tags that are no longer needed; revocations still work.`,
  );
