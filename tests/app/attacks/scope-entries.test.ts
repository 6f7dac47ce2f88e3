import { reconcile } from '../../../shared/app/reconcile.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { memoryPorts } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings, writer } from '../../support/settings.ts';
import { runRepair, runSweep } from '../../support/sweeping.ts';
import { setKnown, setUsed, usedNames } from '../../support/table.ts';
import { advance, createWorld, hour, tagRole } from '../../support/world.ts';

const without: Settings = { ...settings, regions: ['us-east-1'] };

/**
 * eu-west-1 was dropped long ago and is named again; a sweep under the earlier file removes it while it is being
 * entered.
 */
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

const oneRegion: Settings = { ...settings, regions: ['us-east-1'] };

describe('invariant 9: everything that is used is in the scope before its first use', () => {
  it('even if a sweep removes the entry between the read and the write', async () => {
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

describe('invariant 9: everything that is used is in the scope', () => {
  it('even if it is used again while a sweep, which began before, finds it clean', async () => {
    const world = createWorld();
    await runReconcile(world, [], oneRegion);
    tagRole(world, { 'google-access': reader }, 'app-old');
    await runReconcile(world, [requestFor('app-old')], oneRegion);
    setUsed(world, 'region', 'eu-west-1', '2026-11-24T08:00:00Z');
    // The file names the region again, and a role gets access.
    const warm = memoryPorts(world);
    let isFirst = true;
    world.after = async (call) => {
      if (call !== 'GetAccountAuthorizationDetails' || !isFirst) return;
      isFirst = false;
      tagRole(world, { 'google-access': reader });
      await reconcile(settings, warm, [requestFor()]);
    };
    await runSweep(world, oneRegion);
    await reconcile(settings, warm, [requestFor()]);
    expect(world.parameters.has('eu-west-1 /google-access/reports/default')).toBe(true);
    // The file drops it once more: its configs must not be forgotten.
    for (let n = 0; n < 3; n += 1) {
      advance(world, 2 * hour);
      await runSweep(world, oneRegion);
      await runRepair(world, oneRegion);
    }
    expect([...world.parameters.keys()].filter((place) => place.startsWith('eu-west-1'))).toEqual([]);
  });

  it('for an hour after its last use, even if the file had dropped it before', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': writer }, 'app-old');
    await runReconcile(world, [requestFor('app-old')], oneRegion);
    setUsed(world, 'region', 'eu-west-1', '2026-11-24T08:00:00Z');
    tagRole(world, { 'google-access': reader });
    // The file named it again until a moment ago: this function is about to publish there while a sweep runs.
    let isFirst = true;
    world.before = async (call) => {
      if (!call.startsWith('PutParameter eu-west-1') || !isFirst) return;
      isFirst = false;
      await runSweep(world, oneRegion);
    };
    await runReconcile(world);
    expect(usedNames(world)).toContain('eu-west-1');
  });
});
