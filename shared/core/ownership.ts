import { type Change, withoutDependents } from './change.ts';
import type { PoolState } from './google-side.ts';
import { markerOf, ownerText, type PoolOwner } from './pool-marker.ts';

/**
 * What this deployment may do in a pool (docs/adr/0021). `ours`: everything. `another`: nothing, as the pool is that of
 * `owner`. `unproven`: its marker names no owner or cannot be read, so only bindings that a record names are removed.
 */
export type PoolOwnership =
  | { readonly kind: 'ours' }
  | { readonly kind: 'another'; readonly owner: string; readonly reason: string }
  | { readonly kind: 'unproven'; readonly reason: string };

/** Judges a pool by its marker. `name`: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. */
export const ownershipOf = (name: string, pool: PoolState, owner: PoolOwner): PoolOwnership => {
  if (pool.kind === 'absent') return { kind: 'unproven', reason: `Google knows no pool ${idOf(name)}.` };
  const marker = markerOf(pool.description, owner);
  if (marker.kind === 'another')
    return { kind: 'another', owner: marker.owner, reason: foreign(name, marker.owner, owner) };
  // A deleted pool grants nothing, so removing its members ends no access of anyone.
  if (marker.kind === 'ours' || pool.isDeleted) return { kind: 'ours' };
  return {
    kind: 'unproven',
    reason: `Pool ${idOf(name)} is not marked as that of ${ownerText(owner)}: its description is "${pool.description}". Run "rolebridge setup".`,
  };
};

/** What of a plan may be done in the pool. */
export const permittedIn = (ownership: PoolOwnership, changes: readonly Change[]): readonly Change[] => {
  switch (ownership.kind) {
    case 'ours':
      return changes;
    case 'another':
      return [];
    case 'unproven': {
      const unrecorded = changes.filter(({ kind, grants }) => kind === 'unbind' && grants.length === 0);
      return withoutDependents(changes, new Set(unrecorded.map(({ id }) => id)));
    }
  }
};

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const foreign = (name: string, other: string, owner: PoolOwner): string =>
  `Pool ${idOf(name)} belongs to rolebridge of ${other} (AWS account and stage), and this is ${ownerText(owner)}: nothing of it is bound, published or removed here. Ask the owners of rolebridge.yml to name a pool of their own in google.pool.`;
