import pMap from 'p-map';
import { type Change, isPolicyChange, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { roleKey } from '../core/role-key.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { enterScope, type SeenTableState } from './enter-scope.ts';
import { bindingOf, readLedgers } from './ledger.ts';
import { readConcurrency } from './observe.ts';
import type { WritingRole } from './write-parameters.ts';

/** What the table was found to lack. */
export interface Unlisted {
  /** A binding is confirmed to be there that the table does not list. */
  readonly isConfirmed: boolean;
  /** Roles for which this could not be decided: their unlisted bindings are neither listed nor removed now. */
  readonly undecided: ReadonlyMap<WritingRole, Failure>;
}

/**
 * Looks for bindings that are there and that the table does not list. A function that binds announces first, so a binding
 * made while we looked is listed by the time of a second read; one that was removed again is gone from the policy.
 */
export const findUnlisted = async (
  settings: Settings,
  { table, policies }: Ports,
  roles: readonly WritingRole[],
): Promise<Unlisted> => {
  const undecided = new Map<WritingRole, Failure>();
  const suspects = roles.filter((role) => unlistedOf(role, role.ledger.entries).length > 0);
  if (suspects.length === 0) return { isConfirmed: false, undecided };
  const refs = suspects.map(({ role }) => role.ref);
  const again = await readLedgers(table, refs);
  const confirmed = await pMap(
    suspects,
    async (role): Promise<boolean> => {
      try {
        const ledger = again.get(roleKey(role.role.ref));
        if (ledger instanceof Error) throw ledger;
        return await isStillBound(settings, policies, unlistedOf(role, ledger?.entries ?? []));
      } catch (thrown) {
        undecided.set(role, toFailure(thrown));
        return false;
      }
    },
    { concurrency: readConcurrency },
  );
  return { isConfirmed: confirmed.includes(true), undecided };
};

/** Changes of bindings that are there and that the entries lack, under any condition: an owner may have added one. */
export const unlistedOf = (
  { changes }: WritingRole,
  entries: readonly LedgerEntry[],
): readonly (LedgerChange | PolicyChange)[] =>
  changes.filter((change): change is LedgerChange | PolicyChange => {
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

/** What the configuration names is entered before its first use; if that fails, nothing new is bound or published. */
export const enterFirst = async (
  settings: Settings,
  ports: Ports,
  roles: readonly WritingRole[],
  table: SeenTableState,
): Promise<Failure | undefined> => {
  if (!table.isUnlisted && !roles.some(({ changes }) => changes.some(isGrowing))) return undefined;
  try {
    await enterScope(settings, ports, table);
    return undefined;
  } catch (thrown) {
    return toFailure(thrown);
  }
};

/** A binding that is listed again counts as use, too: an emptied table no longer knows its project. */
const isGrowing = ({ kind }: Change): boolean => kind === 'bind' || kind === 'publish' || kind === 'list';
