import { createHash } from 'node:crypto';
import { isUseOfSite, type LedgerChange, type PolicyChange, type Results } from '../core/change.ts';
import { type Failure, PermanentError, RetryableError, toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import {
  type InheritedList,
  inheritedKey,
  isInheritedItem,
  readInherited,
  writeInherited,
} from '../core/inherited.ts';
import { poolOfMember } from '../core/member.ts';
import { otherOwner } from '../core/other-owner.ts';
import {
  droppedSortKey,
  readScopeEntry,
  scopeSortKey,
  sweepPartition,
  writeScopeEntry,
} from '../core/scope.ts';
import { ourPools, type Settings } from '../core/settings.ts';
import { type ItemKey, itemKeyText, scopePartition } from '../core/table-item.ts';
import { type AccessName, accessOf, siteOfAccess } from '../core/target.ts';
import type { PolicyRead, Ports } from '../ports.ts';
import { fullJitter, retry } from '../waiting.ts';
import type { ObservedPolicies } from './observe.ts';
import type { RoleRun } from './role-run.ts';
import { enter } from './table-state.ts';

type EnteredSite = NonNullable<ReturnType<typeof readScopeEntry>>;

type SitePorts = Pick<Ports, 'table' | 'policies' | 'clock' | 'entered'>;

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
    .flatMap(({ plan }) => plan.permitted)
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

/** Someone else wrote the entry since it was read: we start again. */
class LostRace extends RetryableError {}

/** Some seconds of delays. After that, the message returns to the queue. */
const raceAttempts = 10;

const pauseMilliseconds = fullJitter({ firstMilliseconds: 50, longestMilliseconds: 1_000 });

const enterSite = (
  settings: Settings,
  ports: SitePorts,
  access: AccessName,
  read: PolicyRead,
): Promise<void> =>
  retry(
    {
      clock: ports.clock,
      attempts: raceAttempts,
      pauseMilliseconds,
      isRetryable: (thrown) => thrown instanceof LostRace,
    },
    () => enterOnce(settings, ports, access, read),
  );

/**
 * The entry is read each time: a person may have answered that the resource is gone since. A new one names a list that is not there
 * yet, so no member counts as ours until the list is written. @throws LostRace
 */
const enterOnce = async (
  settings: Settings,
  ports: SitePorts,
  access: AccessName,
  read: PolicyRead,
): Promise<void> => {
  const { table, clock } = ports;
  const key = siteKey(access);
  const note: ItemKey = { pk: sweepPartition, sk: droppedSortKey({ kind: 'site', name: access }) };
  const stored = await table.read([key, note]);
  const known = stored.find(({ pk }) => pk === key.pk);
  const isLeaving = stored.some(({ pk }) => pk === note.pk);
  const site = known === undefined ? newSite(access, read, clock.now()) : readScopeEntry(known.body);
  if (site === undefined) throw unreadableEntry(access);
  const { resource } = siteOfAccess(access);
  if (site.owner !== read.owner) throw new PermanentError(otherOwner(resource, site.owner, read.owner));
  let revision = known?.revision;
  // A sweep that began under an earlier file may be about to remove it: a new revision makes that fail.
  if (known === undefined || isLeaving) {
    const written = await table.write(
      { ...key, body: known?.body ?? writeScopeEntry(site, clock.now()) },
      revision,
    );
    if (written.kind === 'lost') throw lostSiteRace(access);
    revision = written.revision;
  }
  if (await isComplete(settings, ports, site)) return;
  const completed = await withMembers(settings, ports, site, known === undefined);
  const { kind } = await table.write({ ...key, body: writeScopeEntry(completed, clock.now()) }, revision);
  if (kind === 'lost') throw lostSiteRace(access);
};

const lostSiteRace = (access: AccessName): LostRace =>
  new LostRace(`Others wrote the ledger's item of ${access} ${raceAttempts} times while it was entered.`);

const siteKey = (access: AccessName): ItemKey => ({
  pk: scopePartition,
  sk: scopeSortKey({ kind: 'site', name: access }),
});

/** A site whose list is still to be written. */
const newSite = (access: AccessName, { owner }: PolicyRead, now: Date): EnteredSite => ({
  kind: 'site',
  name: access,
  since: now.toISOString(),
  inherited: idOf([access, now.toISOString()]),
  ...(owner === undefined ? {} : { owner }),
});

const idOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const unreadableEntry = (access: AccessName): PermanentError =>
  new PermanentError(
    `The ledger's item of ${access} is not one that this version of rolebridge can read, so nothing is bound there. ` +
      'If no newer version wrote it, delete it: docs/operations.md, "The ledger is lost".',
  );

/** Whether the list is there, and covers the members of all our pools. This container asks for a list once. */
const isComplete = async (
  settings: Settings,
  { table, entered }: SitePorts,
  { inherited: id, pools }: EnteredSite,
): Promise<boolean> => {
  if (pools !== undefined && !ourPools(settings).every((pool) => pools.includes(pool))) return false;
  if (id === undefined) return true;
  const first = inheritedKey(id, 1);
  if (!entered.keys.has(itemKeyText(first)) && (await table.read([first])).length === 0) return false;
  entered.keys.add(itemKeyText(first));
  return true;
};

/**
 * Reads the policy once more, after the entry: what is bound there now, and was not before, was bound while we entered it. Of a site
 * with a list, only members of pools that it does not cover are added. The entry names the new list only when it is written.
 */
const withMembers = async (
  settings: Settings,
  { table, policies, clock }: SitePorts,
  site: EnteredSite,
  isNew: boolean,
): Promise<EnteredSite> => {
  const { name, owner, inherited: _, pools = [], ...rest } = site;
  const { resource } = siteOfAccess(name);
  const before = isNew ? undefined : await listOf(table, site);
  const now = await policies.read(resource);
  if (now.owner !== owner) throw new PermanentError(otherOwner(resource, owner, now.owner));
  const added = ourBindings(settings, resource, now.policy)
    .filter((one) => accessOf({ ...one, resource }) === name)
    .map(({ member }) => member)
    .filter((member) => before === undefined || !pools.includes(poolOfMember(settings, member) ?? ''));
  const { open, kept } = before ?? { open: [], kept: [] };
  const all = [...new Set([...open, ...added])].toSorted();
  const at = clock.now().toISOString();
  const id = idOf([name, at, all, kept]);
  const isEmpty = all.length + kept.length === 0;
  if (!isEmpty)
    for (const item of writeInherited({ id, access: name, at, open: all, kept })) await enter(table, item);
  return {
    ...rest,
    name,
    ...(owner === undefined ? {} : { owner }),
    ...(isEmpty ? {} : { inherited: id }),
    pools: [...new Set([...pools, ...ourPools(settings)])],
  };
};

/** Undefined if the list is not complete. */
const listOf = async (
  table: Ports['table'],
  { inherited: id }: EnteredSite,
): Promise<Pick<InheritedList, 'open' | 'kept'> | undefined> => {
  if (id === undefined) return { open: [], kept: [] };
  return readInherited((await table.list(scopePartition)).filter(isInheritedItem)).lists.get(id);
};
