import { type Change, isPolicyChange, type LedgerChange, type PolicyChange } from '../core/change.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { otherOwnerAt } from '../core/other-owner.ts';
import { readScopeEntry, scopeSortKey } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import { ourSites, type Settings } from '../core/settings.ts';
import { scopePartition } from '../core/table-item.ts';
import { accessOf } from '../core/target.ts';
import type { Table } from '../ports.ts';
import type { ObservedPolicies } from './observe.ts';

/**
 * Returns the changes at buckets that strangers have now: we edit nothing there, and list nothing. The entries of all our sites on a
 * bucket count, and are read each time: a person may have answered since that the bucket is gone.
 */
export const changesAtStrangers = async (
  settings: Settings,
  table: Pick<Table, 'read'>,
  changes: readonly Change[],
  reads: ObservedPolicies['reads'],
): Promise<ReadonlyMap<Change, Failure>> => {
  const edits = changes.filter(isEdit).filter(({ resource }) => reads.get(resource)?.owner !== undefined);
  if (edits.length === 0) return new Map();
  const entries = await readEntries(settings, table, edits).catch(toFailure);
  return new Map(
    edits.flatMap((change) => {
      const failure = entries instanceof Error ? entries : refusal(entries, change.resource, reads);
      return failure === undefined ? [] : [[change, failure] as const];
    }),
  );
};

const isEdit = (change: Change): change is PolicyChange | LedgerChange =>
  isPolicyChange(change) || change.kind === 'list';

type Entries = Parameters<typeof otherOwnerAt>[0];

/** An entry that this version cannot read names no owner: nothing new is bound at its site, and its access can end. */
const readEntries = async (
  settings: Settings,
  table: Pick<Table, 'read'>,
  edits: readonly (PolicyChange | LedgerChange)[],
): Promise<Entries> => {
  const resources = new Set(edits.map(({ resource }) => resource));
  const sites = ourSites(settings).filter(({ resource }) => resources.has(resource));
  const names = new Set([...sites.map(accessOf), ...edits.map(({ access }) => access)]);
  const stored = await table.read(
    [...names].map((name) => ({ pk: scopePartition, sk: scopeSortKey({ kind: 'site', name }) })),
  );
  return stored.flatMap(({ body }) => readScopeEntry(body) ?? []);
};

const refusal = (
  entries: Entries,
  resource: ResourceName,
  reads: ObservedPolicies['reads'],
): Failure | undefined => {
  const reason = otherOwnerAt(entries, resource, reads.get(resource)?.owner);
  return reason === undefined ? undefined : new PermanentError(reason);
};
