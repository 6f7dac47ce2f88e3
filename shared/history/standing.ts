import type { BlindSpot } from '../app/blind-spot.ts';
import { toFailure } from '../core/errors.ts';
import { endOf } from '../core/iam-policy.ts';
import type { RoleRef, Timestamp } from '../core/model.ts';
import type { StoredItem } from '../core/table-item.ts';
import { readTable } from '../core/table-view.ts';
import { accessOf, accessText } from '../core/target.ts';
import type { HistoryPorts } from './ports.ts';

/** A binding that the ledger lists now. */
export interface Standing {
  readonly role: RoleRef;
  readonly grants: readonly string[];
  readonly target: string;
  readonly expiresAt?: Timestamp;
  readonly since: Timestamp;
  readonly requestedBy?: string;
}

/** Everything that the ledger lists, by role. */
export const standingAccess = async (
  table: HistoryPorts['table'],
): Promise<{ readonly standing: readonly Standing[]; readonly blindSpots: readonly BlindSpot[] }> => {
  const items: StoredItem[] = [];
  try {
    for await (const page of table.scan()) items.push(...page);
  } catch (thrown) {
    return { standing: [], blindSpots: [{ what: 'the ledger', reason: toFailure(thrown).message }] };
  }
  const { ledgers, unreadable } = readTable(items);
  const standing = [...ledgers.values()]
    .flatMap(({ role, entries }) =>
      entries.map(({ grants, googleRole, resource, condition, since, requesters = [] }): Standing => {
        const expiresAt = endOf(condition);
        // Several grants may share a binding; then no single person requested it.
        const callers = new Set(requesters.map(({ requestedBy }) => requestedBy));
        const [requestedBy] = callers.size === 1 ? callers : [];
        return {
          role,
          grants,
          target: accessText(accessOf({ googleRole, resource })),
          since,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(requestedBy === undefined ? {} : { requestedBy }),
        };
      }),
    )
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  return {
    standing,
    blindSpots: unreadable.map((name) => ({
      what: `item ${name} of the ledger`,
      reason: 'This version cannot read it.',
    })),
  };
};

const sortKey = ({ role, target, since }: Standing): string =>
  `${role.accountId} ${role.roleName} ${target} ${since}`;
