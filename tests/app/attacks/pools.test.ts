import { poolOwnerships, rememberingOurs } from '../../../shared/adapters/google/pool.ts';
import { readOwnerships } from '../../../shared/app/observe.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { PoolState } from '../../../shared/core/google-side.ts';
import { poolPath } from '../../../shared/core/settings.ts';
import { settings } from '../../support/settings.ts';

describe('invariant 1: what we remember about a pool', () => {
  const former = 'projects/123456789012/locations/global/workloadIdentityPools/former';
  const owner = { accountId: '111122223333', stage: 'prod' };
  const ours = 'managed by rolebridge; owner 111122223333/prod';
  const using = { ...settings, google: { ...settings.google, formerPools: [former] } };
  const there = (description: string, isDeleted = false): PoolState => ({
    kind: 'there',
    isDeleted,
    isDisabled: false,
    description,
  });

  it('a NOT_FOUND proves nothing if Google did not answer for any pool in this run', async () => {
    const remember = rememberingOurs();
    let isBroken = false;
    const pool = async (name: string): Promise<PoolState> => {
      if (isBroken) return { kind: 'absent' };
      if (name === poolPath(settings)) return there(ours);
      throw new PermanentError('403');
    };
    const first = await readOwnerships(using, remember(poolOwnerships(pool, owner)));
    expect(first.get(former)?.kind).toBe('unproven');
    isBroken = true;
    const second = await readOwnerships(using, remember(poolOwnerships(pool, owner)));
    expect(second.get(former)?.kind).toBe('unproven');
  });

  it('a remembered configured pool is read again, so a pool that is gone is noticed', async () => {
    const remember = rememberingOurs();
    const pool = async (name: string): Promise<PoolState> =>
      name === poolPath(settings) ? there(ours) : { kind: 'absent' };
    for (const _ of ['cold', 'warm']) {
      const found = await readOwnerships(using, remember(poolOwnerships(pool, owner)));
      expect(found.get(former)?.kind).toBe('ours');
    }
  });

  it('a deleted pool without a marker is not treated as ours for the life of the container', async () => {
    const remember = rememberingOurs();
    let state = there('their own text', true);
    const pool = async (): Promise<PoolState> => state;
    await readOwnerships(settings, remember(poolOwnerships(pool, owner)));
    state = there('managed by rolebridge; owner 999988887777/prod'); // undeleted, and marked
    const again = await readOwnerships(settings, remember(poolOwnerships(pool, owner)));
    expect(again.get(poolPath(settings))?.kind).toBe('another');
  });
});
