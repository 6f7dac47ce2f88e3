import { isNothing, roleAccess } from '../../../shared/app/revoke-role.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { memoryPorts, setPolicy } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { email, reports, settings } from '../../support/settings.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

const next = email('next');
const nextPolicy = serviceAccountResource(next);
const renamed: Settings = { ...settings, google: { ...settings.google, serviceAccount: next } };

/** `reports` may act as `next`; then rolebridge.yml names `next` as rolebridge's own account. */
const bound = async () => {
  const world = createWorld();
  setPolicy(world, nextPolicy, {});
  tagRole(world, { 'google-access': next });
  await runReconcile(world);
  await runSweep(world);
  expect(isBound(world, nextPolicy)).toBe(true);
  tagRole(world, {}); // untagged: its access is to end
  for (let n = 0; n < 3; n += 1) {
    await runSweep(world, renamed);
    await runRepair(world, renamed);
    advance(world, hour);
  }
  return world;
};

describe('invariants 2, 4: rolebridge.yml names a granted account as rolebridge’s own', () => {
  it('the sweep removes the role’s access there, or reports that it cannot see it', async () => {
    const world = await bound();
    const { blindSpots } = await runSweep(world, renamed);
    expect(isBound(world, nextPolicy) && blindSpots.length === 0).toBe(false);
  });

  it('"revoke --role" does not report it as gone', async () => {
    const world = await bound();
    const { held } = await roleAccess(renamed, memoryPorts(world), reports);
    expect(isBound(world, nextPolicy) && isNothing(held)).toBe(false);
  });
});
