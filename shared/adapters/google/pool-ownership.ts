import { toFailure } from '../../core/errors.ts';
import { ownershipOf } from '../../core/ownership.ts';
import type { PoolOwner } from '../../core/pool-marker.ts';
import type { PoolOwnerships, PoolReader } from '../../ports.ts';

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
