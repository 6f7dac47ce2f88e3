import { toFailure } from '../core/errors.ts';
import { awaitsAnswer, type Ownerships, ownershipOf, withoutDeletedPools } from '../core/ownership.ts';
import type { PoolOwner } from '../core/pool-marker.ts';
import { ourPools, poolPath, type Settings } from '../core/settings.ts';
import type { PoolOwnerships, PoolReader } from '../ports.ts';

/** Reads who owns each of our pools, by its marker. */
export const readOwnerships = async (settings: Settings, { read }: PoolOwnerships): Promise<Ownerships> => {
  const found = await Promise.all(ourPools(settings).map(async (pool) => [pool, await read(pool)] as const));
  const ownerships = new Map(found);
  const current = poolPath(settings);
  // A remembered owner does not show that Google answers now.
  if (awaitsAnswer(ownerships)) ownerships.set(current, await read(current, { isFresh: true }));
  return withoutDeletedPools(settings, ownerships);
};

/** Reads the owner of a pool from its marker. If a pool cannot be read, its owner is unproven; nothing else stops. */
export const poolOwnerships = (pool: PoolReader, owner: PoolOwner | undefined): PoolOwnerships => ({
  read: async (name) => {
    if (owner === undefined)
      return { kind: 'unproven', reason: 'ROLEBRIDGE_STAGE is not set. Deploy again.' };
    try {
      return ownershipOf(name, await pool(name), owner);
    } catch (thrown) {
      return { kind: 'unproven', reason: toFailure(thrown).message };
    }
  },
});

/** Remembers, for the life of one execution environment, which pools are ours. Reads all others each time. */
export const rememberingOurs = (): ((ownerships: PoolOwnerships) => PoolOwnerships) => {
  const ours = new Set<string>();
  return ({ read }) => ({
    read: async (name, options) => {
      if (ours.has(name) && options?.isFresh !== true) return { kind: 'ours', isRemembered: true };
      const found = await read(name);
      if (found.kind === 'ours' && found.isPassing !== true) ours.add(name);
      else if (found.kind === 'another') ours.delete(name);
      return found;
    },
  });
};

/** Settings under which our members in pools that only earlier files named are ours, too. */
export const withPools = (settings: Settings, pools: readonly string[]): Settings => ({
  ...settings,
  google: { ...settings.google, formerPools: pools.filter((pool) => pool !== poolPath(settings)) },
});
