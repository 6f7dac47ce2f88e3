import { createHash } from 'node:crypto';
import { isUseOfSite, type LedgerChange, type PolicyChange, type Results } from '../core/change.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { writeInherited } from '../core/inherited.ts';
import { otherOwner } from '../core/other-owner.ts';
import {
  droppedSortKey,
  readScopeEntry,
  type ScopeEntry,
  scopeSortKey,
  sweepPartition,
  writeScopeEntry,
} from '../core/scope.ts';
import type { Settings } from '../core/settings.ts';
import { scopePartition } from '../core/table-item.ts';
import { type AccessName, accessOf, siteOfAccess } from '../core/target.ts';
import type { ItemKey, PolicyRead, Ports } from '../ports.ts';
import { enter } from './enter-scope.ts';
import type { ObservedPolicies } from './observe.ts';
import type { RoleRun } from './role-run.ts';

type SitePorts = Pick<Ports, 'table' | 'clock'>;

/**
 * Enters each site (a Google role on a resource) into the table before its first use, with the members that it has then: those were
 * bound by hand. Returns the changes that may not be made, because that failed.
 */
export const enterSites = async (
  settings: Settings,
  ports: SitePorts,
  runs: readonly RoleRun[],
  reads: ObservedPolicies['reads'],
  results: Results,
): Promise<ReadonlyMap<PolicyChange | LedgerChange, Failure>> => {
  const uses = runs
    .flatMap(({ plan }) => plan.changes)
    .filter(isUseOfSite)
    .filter((change) => !results.has(change));
  const failures = new Map<PolicyChange | LedgerChange, Failure>();
  for (const [access, group] of Map.groupBy(uses, ({ access: name }) => name)) {
    const read = reads.get(siteOfAccess(access).resource);
    // Nothing is bound where the policy could not be read.
    if (read === undefined) continue;
    try {
      await enterSite(settings, ports, access, read);
    } catch (thrown) {
      for (const change of group) failures.set(change, toFailure(thrown));
    }
  }
  return failures;
};

/** The entry is read each time: a person may have answered that the resource is gone since. */
const enterSite = async (
  settings: Settings,
  { table, clock }: SitePorts,
  access: AccessName,
  read: PolicyRead,
): Promise<void> => {
  const key = siteKey(access);
  const note: ItemKey = { pk: sweepPartition, sk: droppedSortKey({ kind: 'site', name: access }) };
  const stored = await table.read([key, note]);
  const known = stored.find(({ pk }) => pk === key.pk);
  const isLeaving = stored.some(({ pk }) => pk === note.pk);
  if (known === undefined) {
    const entry = await inheriting(settings, table, access, read, clock.now());
    await enter(table, { ...key, body: writeScopeEntry(entry, clock.now()) });
  } else {
    const before = readScopeEntry(known.body);
    if (before?.owner !== read.owner)
      throw new PermanentError(otherOwner(siteOfAccess(access).resource, before?.owner, read.owner));
    // A sweep that began under an earlier file may be about to remove it: a new revision makes that fail.
    if (isLeaving && (await table.write({ ...key, body: known.body }, known.revision)).kind === 'lost')
      return enterSite(settings, { table, clock }, access, read);
  }
};

const siteKey = (access: AccessName): ItemKey => ({
  pk: scopePartition,
  sk: scopeSortKey({ kind: 'site', name: access }),
});

/** Writes the list first: an entry without its list would make those members ours. */
const inheriting = async (
  settings: Settings,
  table: Ports['table'],
  access: AccessName,
  { policy, owner }: PolicyRead,
  now: Date,
): Promise<ScopeEntry> => {
  const { resource } = siteOfAccess(access);
  const members = ourBindings(settings, resource, policy)
    .filter((one) => accessOf({ ...one, resource }) === access)
    .map(({ member }) => member);
  const open = [...new Set(members)].toSorted();
  const id = createHash('sha256')
    .update(JSON.stringify([access, open, now.toISOString()]))
    .digest('hex')
    .slice(0, 32);
  if (open.length > 0)
    for (const item of writeInherited({ id, access, at: now.toISOString(), open, kept: [] }))
      await enter(table, item);
  return {
    kind: 'site',
    name: access,
    ...(open.length === 0 ? {} : { inherited: id }),
    ...(owner === undefined ? {} : { owner }),
  };
};
