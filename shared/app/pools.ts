import { awaitsAnswer, type Ownerships, withoutDeletedPools } from '../core/ownership.ts';
import { ourPools, poolPath, type Settings } from '../core/settings.ts';
import type { PoolOwnerships } from '../ports.ts';

/** Whose each of our pools is, by their markers. */
export const readOwnerships = async (settings: Settings, { read }: PoolOwnerships): Promise<Ownerships> => {
  const found = await Promise.all(ourPools(settings).map(async (pool) => [pool, await read(pool)] as const));
  const ownerships = new Map(found);
  const current = poolPath(settings);
  // A remembered owner does not show that Google answers now.
  if (awaitsAnswer(ownerships)) ownerships.set(current, await read(current, { isFresh: true }));
  return withoutDeletedPools(settings, ownerships);
};

/** Settings under which our members in pools that only earlier files named are ours, too. */
export const withPools = (settings: Settings, pools: readonly string[]): Settings => ({
  ...settings,
  google: { ...settings.google, formerPools: pools.filter((pool) => pool !== poolPath(settings)) },
});
