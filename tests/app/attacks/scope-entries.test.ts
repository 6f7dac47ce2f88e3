import type { Settings } from '../../../shared/core/settings.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, hour, tagRole } from '../../support/world.ts';

const without: Settings = { ...settings, regions: ['us-east-1'] };

/** eu-west-1 was dropped long ago and is named again; a sweep under the earlier file removes it while it is entered. */
const raced = async () => {
  const world = createWorld();
  setKnown(world);
  for (const name of ['us-east-1', 'eu-west-1']) setUsed(world, 'region', name);
  setUsed(world, 'region', 'eu-west-1', '2026-11-01T00:00:00Z');
  world.before = async (call) => {
    if (call !== 'PutItem scope region#eu-west-1') return;
    world.before = () => undefined;
    await runSweep(world, without);
    expect(usedNames(world)).not.toContain('eu-west-1');
    world.drifts.length = 0;
  };
  tagRole(world, { 'google-access': reader });
  await runReconcile(world);
  expect([...world.parameters.keys()]).toContain('eu-west-1 /google-access/reports/default');
  return world;
};

describe('invariant 9: what is used is in the scope before its first use', () => {
  it('also if a sweep removes the entry between the read and the write', async () => {
    expect(usedNames(await raced())).toContain('eu-west-1');
  });

  it('so that its configs are found when the file drops it again', async () => {
    const world = await raced();
    for (let n = 0; n < 3; n += 1) {
      await runSweep(world, without);
      await runRepair(world, without);
      advance(world, hour);
    }
    expect([...world.parameters.keys()]).toEqual(['us-east-1 /google-access/reports/default']);
  });
});
