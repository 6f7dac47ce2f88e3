import { type Scope, scopeSortKey, withoutLeftPools, writeScopeEntry } from '../core/scope.ts';
import { itemKeyText, scopePartition } from '../core/table-item.ts';
import type { TableView } from '../core/table-view.ts';
import type { SweepPorts } from '../ports.ts';

/**
 * Takes pools that are not in `scope` off the sites whose lists cover them: such a pool may come back with other members. Returns
 * whether all sites were written. If someone else writes one at the same time, the next sweep continues.
 */
export const leavePools = async (
  { table, clock }: Pick<SweepPorts, 'table' | 'clock'>,
  { revisions }: TableView,
  scope: Scope,
): Promise<boolean> => {
  let isWritten = true;
  for (const site of withoutLeftPools(scope)) {
    const key = { pk: scopePartition, sk: scopeSortKey(site) };
    const body = writeScopeEntry(site, clock.now());
    const { kind } = await table.write({ ...key, body }, revisions.get(itemKeyText(key)));
    isWritten = isWritten && kind === 'written';
  }
  return isWritten;
};
