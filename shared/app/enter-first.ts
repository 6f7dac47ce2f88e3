import type { Change } from '../core/change.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { bindingKey, type LedgerEntry } from '../core/ledger.ts';
import { roleKey } from '../core/role-key.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { enterScope, type SeenTableState } from './enter-scope.ts';
import { bindingOf, readLedgers } from './ledger.ts';
import type { WritingRole } from './write-parameters.ts';

/**
 * Whether bindings are there that the table does not list. Whoever binds announces first, so what was bound while we looked
 * is listed by the time of a second read.
 */
export const findsUnlisted = async ({ table }: Ports, roles: readonly WritingRole[]): Promise<boolean> => {
  const suspects = roles.filter((role) => unlistedIn(role, role.ledger.entries));
  if (suspects.length === 0) return false;
  const again = await readLedgers(
    table,
    suspects.map(({ role }) => role.ref),
  );
  return suspects.some((role) => {
    const ledger = again.get(roleKey(role.role.ref));
    return ledger !== undefined && !(ledger instanceof Error) && unlistedIn(role, ledger.entries);
  });
};

/** Bindings that are there and that the entries lack: those that are to be listed, and those that are to go. */
const unlistedIn = ({ changes }: WritingRole, entries: readonly LedgerEntry[]): boolean => {
  const listed = new Set(entries.map(bindingKey));
  return changes.some((change) => {
    if (change.kind === 'list') return !listed.has(bindingKey(change.binding));
    return change.kind === 'unbind' && !listed.has(bindingKey(bindingOf(change)));
  });
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
