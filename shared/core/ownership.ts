import { type Change, withoutDependents } from './change.ts';
import type { PoolState } from './google-side.ts';
import { poolOfMember } from './member.ts';
import { markCommand, markerOf, ownerText, type PoolOwner } from './pool-marker.ts';
import { poolPath, type Settings } from './settings.ts';

/** The owner of every pool of ours, by the name that members use. */
export type Ownerships = ReadonlyMap<string, PoolOwnership>;

/**
 * What this deployment may do in a pool (docs/adr/0021). `ours`: everything. `another`: nothing, as the pool is that of
 * `owner`. `unproven`: its marker names no owner or cannot be read, so only bindings that the ledger lists are removed.
 */
export type PoolOwnership =
  | {
      readonly kind: 'ours';
      /** Valid only in this run: a deleted pool can be restored and marked. */
      readonly isPassing?: true;
      /** Read in an earlier run: it does not show that Google answers now. */
      readonly isRemembered?: true;
    }
  | { readonly kind: 'another'; readonly owner: string; readonly reason: string }
  | {
      readonly kind: 'unproven';
      readonly reason: string;
      /** Google answered that the pool does not exist. */
      readonly isNotFound?: true;
    };

const unread: PoolOwnership = { kind: 'unproven', reason: 'Its marker was not read.' };

/** The changes of a plan that may be made in its pools. */
export const permittedIn = (
  settings: Settings,
  ownerships: Ownerships,
  changes: readonly Change[],
): readonly Change[] => {
  const isLeftOut = (change: Change): boolean => {
    const { kind } = ownerships.get(poolOf(settings, change) ?? '') ?? unread;
    switch (kind) {
      case 'ours':
        return false;
      case 'another':
        // If the binding is gone, only the ledger changes. The entry may leave, even in a former pool.
        return change.kind !== 'unlist' || poolOf(settings, change) === poolPath(settings);
      case 'unproven':
        return change.kind === 'unbind' && change.grants.length === 0;
    }
  };
  const leftOut = changes.filter(isLeftOut);
  const unreplaced = new Set(leftOut.flatMap((one) => (one.kind === 'bind' ? [one.access] : [])));
  // A tag still asks for this access, and its new binding may not be made: the old one stays.
  const kept = changes.filter((change) => change.kind === 'unbind' && unreplaced.has(change.access));
  return withoutDependents(changes, new Set([...leftOut, ...kept].map(({ id }) => id)));
};

const poolOf = (settings: Settings, change: Change): string | undefined => {
  switch (change.kind) {
    case 'bind':
    case 'unbind':
      return poolOfMember(settings, change.edit.member);
    case 'list':
    case 'unlist':
      return poolOfMember(settings, change.binding.member);
    case 'publish':
    case 'writeStatus':
    case 'removeStatus':
      return poolPath(settings);
    case 'unpublish':
      return change.pool;
  }
};

/** Judges a pool by its marker. `name`: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. */
export const ownershipOf = (name: string, pool: PoolState, owner: PoolOwner): PoolOwnership => {
  if (pool.kind === 'absent')
    return { kind: 'unproven', reason: `Google knows no pool ${idOf(name)}.`, isNotFound: true };
  const marker = markerOf(pool.description, owner);
  if (marker.kind === 'another')
    return { kind: 'another', owner: marker.owner, reason: foreign(name, marker.owner, owner) };
  // A deleted pool grants nothing, so removing its members ends no access of anyone.
  if (marker.kind === 'ours') return { kind: 'ours' };
  if (pool.isDeleted) return { kind: 'ours', isPassing: true };
  return {
    kind: 'unproven',
    reason: `Pool ${idOf(name)} is not marked as that of ${ownerText(owner)}: its description is "${pool.description}". ${marker.kind === 'unowned' ? 'Run "rolebridge setup".' : `If rolebridge made the pool, give it a marker: ${markCommand(idOf(name), projectIn(name))}. Then run "rolebridge setup".`}`,
  };
};

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const foreign = (name: string, other: string, owner: PoolOwner): string =>
  `Pool ${idOf(name)} belongs to rolebridge of ${other} (AWS account and stage), and this is ${ownerText(owner)}: nothing of it is bound, published or removed here. Ask the owners of rolebridge.yml to name a pool of their own in google.pool.`;

const projectIn = (name: string): string => String(name.split('/')[1]);

/**
 * A former pool that Google does not know any more grants nothing, so its members may be removed. One NOT_FOUND proves
 * that only if Google answered for another pool in the same run (invariant 4).
 */
export const withoutDeletedPools = (settings: Settings, ownerships: Ownerships): Ownerships => {
  const isAnswering = [...ownerships.values()].some(hasAnswered);
  return new Map(
    [...ownerships].map(([pool, ownership]) => {
      const isGone = ownership.kind === 'unproven' && ownership.isNotFound === true;
      return [pool, isGone && isAnswering && pool !== poolPath(settings) ? { kind: 'ours' } : ownership];
    }),
  );
};

/** Whether Google answered so in this run. */
const hasAnswered = (ownership: PoolOwnership): boolean =>
  ownership.kind === 'another' || (ownership.kind === 'ours' && ownership.isRemembered !== true);

/** Pools whose absence nothing in this run confirms yet: Google must be asked about the configured pool again. */
export const awaitsAnswer = (ownerships: Ownerships): boolean =>
  [...ownerships.values()].some((one) => one.kind === 'unproven' && one.isNotFound === true) &&
  ![...ownerships.values()].some(hasAnswered);

/** The owner of the configured pool. */
export const currentOwnership = (settings: Settings, ownerships: Ownerships): PoolOwnership =>
  ownerships.get(poolPath(settings)) ?? unread;
