import {
  answerPartition,
  readAnswer,
  revokeAllKey,
  type StoredAnswer,
  type StoredForget,
} from '../core/answer-item.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { type RoleLedger, readRoleLedger, roleItemKey, rolePartition } from '../core/ledger.ts';
import { type RoleRef, roleText, type Timestamp } from '../core/model.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import { initializedKey, lostSortKey, readLost, sweepPartition } from '../core/scope.ts';
import { type ItemKey, itemKeyText, type StoredItem } from '../core/table-item.ts';
import type { Table } from '../ports.ts';

export type Ledgers = ReadonlyMap<RoleKey, RoleLedger | Failure>;

/** Everything that reconcile needs from the table besides the roles' items. */
interface TableNotes {
  readonly answers: Answers;
  /** When accounts of these projects were last confirmed absent. */
  readonly lostAt: ReadonlyMap<string, Timestamp>;
  /**
   * The revision of the item that says that the table is in use. It changes whenever the table was emptied; undefined if nothing has
   * been entered yet.
   */
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
