import type { BlindSpot } from '../app/blind-spot.ts';
import { conditionKey } from '../core/ledger.ts';
import type { Timestamp } from '../core/model.ts';
import { keyName } from '../core/role-key.ts';
import { comparableRows } from './comparable-rows.ts';
import type { ReportRow } from './row.ts';
import type { UnmanagedMember } from './unmanaged-members.ts';

/** The parts of an earlier report that are compared. */
export interface PreviousReport {
  readonly at: Timestamp;
  readonly stage: string;
  readonly accountId: string;
  readonly blindSpots: readonly BlindSpot[];
  /** Missing in the reports of older versions. */
  readonly notReadable?: readonly string[];
  readonly rows: readonly ReportRow[];
  readonly unmanaged: readonly UnmanagedMember[];
}

/** The differences from an earlier report. */
export interface ReportDifference {
  /** When the earlier report was made. */
  readonly previousAt: Timestamp;
  /** One of the two did not see everything: a row that only the other one has may have been there all the time. */
  readonly isIncomplete: boolean;
  readonly added: readonly ReportRow[];
  readonly removed: readonly ReportRow[];
  readonly changed: readonly ChangedRow[];
  readonly unmanagedAdded: readonly UnmanagedMember[];
  readonly unmanagedRemoved: readonly UnmanagedMember[];
}

export interface ChangedRow {
  readonly before: ReportRow;
  readonly after: ReportRow;
  readonly fields: readonly ComparedField[];
}

/** Everything that a reviewer has to know again if it changes. */
const comparedFields = [
  'state',
  'isHeld',
  'roleId',
  'since',
  'expiresAt',
  'requestedBy',
  'rule',
  'reason',
] as const;
type ComparedField = (typeof comparedFields)[number];

export const reportDifference = (
  previous: PreviousReport,
  current: Pick<PreviousReport, 'blindSpots' | 'notReadable' | 'rows' | 'unmanaged'>,
): ReportDifference => {
  const { rows, unmanaged } = current;
  const [before, after] = [keyed(previous.rows, rowKey), keyed(rows, rowKey)];
  const [membersBefore, membersAfter] = [keyed(previous.unmanaged, memberKey), keyed(unmanaged, memberKey)];
  return {
    previousAt: previous.at,
    isIncomplete: isPartial(previous) || isPartial(current),
    added: onlyIn(after, before),
    removed: onlyIn(before, after),
    changed: [...after].flatMap(([key, row]) => {
      const old = before.get(key);
      if (old === undefined) return [];
      const [was, is] = comparableRows(old, row);
      const fields = comparedFields.filter((field) => isChanged(field, was, is));
      return fields.length === 0 ? [] : [{ before: old, after: row, fields }];
    }),
    unmanagedAdded: onlyIn(membersAfter, membersBefore),
    unmanagedRemoved: onlyIn(membersBefore, membersAfter),
  };
};

/** A role that was not seen may have any id. */
const isChanged = (field: ComparedField, before: ReportRow, after: ReportRow): boolean => {
  if (field !== 'roleId') return before[field] !== after[field];
  const isSeen = before.isRoleUnseen === undefined && after.isRoleUnseen === undefined;
  return isSeen && before.role.roleId !== after.role.roleId;
};

/** An account that no tag names can be readable in one report and not in the other. */
const isPartial = ({
  blindSpots,
  notReadable = [],
  rows,
}: Pick<PreviousReport, 'blindSpots' | 'notReadable' | 'rows'>): boolean =>
  blindSpots.length + notReadable.length > 0 || rows.some(({ state }) => state === 'unseen');

/** By key. Several things with the same key are distinguished by their order. */
const keyed = <T>(things: readonly T[], keyOf: (thing: T) => string): ReadonlyMap<string, T> => {
  const counts = new Map<string, number>();
  return new Map(
    things.map((thing) => {
      const key = keyOf(thing);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return [`${key} ${count}`, thing];
    }),
  );
};

const onlyIn = <T>(these: ReadonlyMap<string, T>, others: ReadonlyMap<string, T>): readonly T[] =>
  [...these].flatMap(([key, thing]) => (others.has(key) ? [] : [thing]));

/** A request is the same if its end changes. A binding that no tag explains is known by its end, its pool and its condition. */
const rowKey = ({ role, grant, target, expiresAt, pool, condition }: ReportRow): string =>
  JSON.stringify([
    role.accountId,
    keyName(role.roleName),
    target,
    grant === undefined ? { expiresAt, pool, condition: conditionKey(condition) } : grant,
  ]);

const memberKey = ({ member, googleRole, resource, condition }: UnmanagedMember): string =>
  JSON.stringify([member, googleRole, resource, conditionKey(condition)]);
