import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, unavailable } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings, writer } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, runRepair, runSweep } from '../../support/sweeping.ts';
import { createWorld, tagRole } from '../../support/world.ts';

/** Emptied, with a binding that no tag explains; then another role was granted. */
const emptied = async (): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { 'google-access': reader });
  await runReconcile(world);
  await runSweep(world);
  world.table.clear();
  tagRole(world, {}); // its UntagRole is lost
  tagRole(world, { 'google-access': writer }, 'app-new');
  await runReconcile(world, [requestFor('app-new')]);
  return world;
};

describe('invariant 2: a table that was emptied is noticed', () => {
  it('control: in a complete look', async () => {
    expect((await runSweep(await emptied())).isTableEmptied).toBe(true);
  });

  it('even if the owner of the pool could not be read when the first sweep ran', async () => {
    const world = await emptied();
    const { ownership } = world;
    world.ownership = { kind: 'unproven', reason: 'timeout' };
    await runSweep(world);
    world.ownership = ownership;
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it.each([
    ['the project could not be listed', 'listServiceAccounts acme-data'],
    ['the policy could not be read', `getIamPolicy ${readerPolicy}`],
    ['the second read of the item failed', 'BatchGetItem role#aws:111122223333:reports bindings'],
  ])('even if %s when the first sweep ran', async (_, failing) => {
    const world = await emptied();
    world.before = (call) => {
      if (call === failing) throw unavailable(call);
    };
    await runSweep(world);
    world.before = () => undefined;
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('even if the event that comes first changes the end of the access', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    await runSweep(world);
    world.table.clear();
    tagRole(world, { 'google-access': `${reader} until 2026-12-31` });
    await runReconcile(world);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('even if the event that comes first is the drift that removes the access', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    tagRole(world, {});
    await runSweep(world); // reports the drift
    world.table.clear();
    await runRepair(world);
    tagRole(world, { 'google-access': writer }, 'app-new');
    await runReconcile(world, [requestFor('app-new')]);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('even if an event lists the unlisted binding while the first sweep runs', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    await runSweep(world);
    world.table.clear();
    tagRole(world, { 'google-access': writer }, 'app-new');
    await runReconcile(world, [requestFor('app-new')]);
    let isFirst = true;
    world.after = async (call) => {
      if (call !== 'Scan' || !isFirst) return;
      isFirst = false;
      await runReconcile(world);
    };
    await runSweep(world);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('even after some time in mode upsert-only', async () => {
    const world = await emptied();
    await runSweep(world, { ...settings, mode: 'upsert-only' });
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('a person’s answer is not lost to a sweep that runs at the same time', async () => {
    const world = await emptied();
    let isFirst = true;
    world.after = async (call) => {
      if (!call.startsWith('BatchGetItem sweep table') || !isFirst) return;
      isFirst = false;
      await runSweep(world);
    };
    const given = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
    await expect(sweep(settings, memorySweepPorts(world), given)).rejects.toThrow('Try again');
    expect(await sweep(settings, memorySweepPorts(world), given)).toMatchObject({ isTableEmptied: false });
  });
});

describe('a new table is not mistaken for one that was emptied', () => {
  it('because of two first events of one role at the same time (CreateRole and TagRole)', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    let isFirst = true;
    const after = async (call: string): Promise<void> => {
      if (!call.startsWith('BatchGetItem role#') || !isFirst) return;
      isFirst = false;
      await runReconcile(world);
    };
    await reconcile(settings, memoryPorts(world, { before: () => undefined, after }), [requestFor()]);
    expect((await runSweep(world)).isTableEmptied).toBe(false);
  });
});
