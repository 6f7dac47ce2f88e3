import { poolPath, type Settings } from '../../../shared/core/settings.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { callOf, grantedWorld, runAfter } from '../../support/role-calls.ts';
import { reader, settings } from '../../support/settings.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { setUsed } from '../../support/table.ts';
import { isBound, outcomeTypes, tagRole } from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 5: Granted is reported only for a binding that exists', () => {
  const moved: Settings = { ...settings, google: { ...settings.google, pool: 'their-roles' } };

  /** rolebridge.yml names a pool of another owner, after a pool of ours. */
  const inTheirPool = async () => {
    const world = await grantedWorld();
    setUsed(world, 'pool', poolPath(settings));
    world.ownerships.set(poolPath(settings), { kind: 'ours' });
    world.ownerships.set(poolPath(moved), { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    return world;
  };

  it('a sweep leaves the binding of the former pool, as the pool of another owner gets none', async () => {
    const world = await inTheirPool();
    await runSweep(world, moved);
    await runRepair(world, moved);
    // The tag still requests the access, so it stays.
    expect([isBound(world), outcomeTypes(world).includes('Granted')]).toEqual([true, false]);
  });

  it('invariant 8: an event that sets the tag’s existing value ends no access', async () => {
    const world = await inTheirPool();
    const again = callOf('TagRole', 'alice', '2026-11-24T12:59:00Z', { [key]: reader });
    await runReconcile(world, [requestFor('reports', { events: [again], namedKeys: [key] })], moved);
    expect(isBound(world)).toBe(true);
  });

  it('invariant 1: an UntagRole gets Failed with the pool’s owner, not silence', async () => {
    const world = await grantedWorld();
    tagRole(world, {});
    world.ownership = { kind: 'another', owner: '999999999999/prod', reason: 'theirs' };
    await runAfter(world, callOf('UntagRole', 'bob', '2026-11-24T12:59:00Z', { [key]: '' }));
    expect(isBound(world)).toBe(true);
    expect(outcomeTypes(world)).toEqual(['Failed']);
  });
});
