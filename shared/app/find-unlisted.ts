import pMap from 'p-map';
import { isPolicyChange, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { type RoleKey, roleKey } from '../core/role-key.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { bindingOf, readLedgers } from './ledger.ts';
import { readConcurrency } from './observe.ts';
import type { RoleRun } from './role-run.ts';

/** The bindings that the table was found to lack. */
export interface Unlisted {
  /** A binding is confirmed to exist that the table does not list. */
  readonly isConfirmed: boolean;
  /** Roles for which this could not be decided: their unlisted bindings are neither listed nor removed now. */
  readonly undecided: ReadonlyMap<RoleKey, Failure>;
}

/**
 * Looks for bindings that exist and that the table does not list. A function announces before it binds, so a binding that was
 * made while we read is listed by the time of a second read, and one that was removed again is gone from the policy.
 */
export const findUnlisted = async (
  settings: Settings,
  { table, policies }: Pick<Ports, 'table' | 'policies'>,
  runs: readonly RoleRun[],
): Promise<Unlisted> => {
  const undecided = new Map<RoleKey, Failure>();
  const suspects = runs.filter((run) => unlistedIn(run, run.observed.ledger.entries).length > 0);
  if (suspects.length === 0) return { isConfirmed: false, undecided };
  const refs = suspects.map(({ observed }) => observed.role.ref);
  const again = await readLedgers(table, refs);
  const confirmed = await pMap(
    suspects,
    async (run): Promise<boolean> => {
      const key = roleKey(run.request.ref);
      try {
        const ledger = again.get(key);
        if (ledger instanceof Error) throw ledger;
        return await isStillBound(settings, policies, unlistedIn(run, ledger?.entries ?? []));
      } catch (thrown) {
        undecided.set(key, toFailure(thrown));
        return false;
      }
    },
    { concurrency: readConcurrency },
  );
  return { isConfirmed: confirmed.includes(true), undecided };
};

/** Changes of bindings that exist and that the entries lack, under any condition: an owner may have added one. */
export const unlistedIn = (
  { plan }: RoleRun,
  entries: readonly LedgerEntry[],
): readonly (LedgerChange | PolicyChange)[] =>
  plan.changes.filter((change): change is LedgerChange | PolicyChange => {
    if (change.kind !== 'list' && change.kind !== 'unbind') return false;
    const { member, resource } = placeOf(change);
    return !entries.some((entry) => entry.member === member && entry.resource === resource);
  });

const placeOf = (change: LedgerChange | PolicyChange): Pick<LedgerEntry, 'member' | 'resource'> =>
  isPolicyChange(change) ? bindingOf(change) : change.binding;

const isStillBound = async (
  settings: Settings,
  policies: Ports['policies'],
  unlisted: readonly (LedgerChange | PolicyChange)[],
): Promise<boolean> => {
  for (const change of unlisted) {
    const { member, resource } = placeOf(change);
    const { policy } = await policies.read(resource);
    if (ourBindings(settings, policy).some((binding) => binding.member === member)) return true;
  }
  return false;
};
