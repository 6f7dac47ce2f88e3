import { sweep } from '../../shared/app/sweep.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts } from '../support/memory.ts';
import { reader, settings } from '../support/settings.ts';
import { alice, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, setUsed, usedNames } from '../support/table.ts';
import { bindingsOf, createWorld, sharedBinding, tagRole } from '../support/world.ts';

const emptied = async (): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  await settleAll(world);
  await runSweep(world);
  world.table.clear();
  return world;
};
const blind = (report: { readonly blindSpots: readonly { readonly what: string }[] }) =>
  report.blindSpots.map(({ what }) => what);
const accepted = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
const lost = 'what the ledger listed before it was emptied';

describe('invariant 2: a table that someone emptied', () => {
  it('costs no access and no revocation: the sweep finds our members, and lists or removes them', async () => {
    const world = await emptied();
    await runSweep(world);
    await runRepair(world);
    expect(entriesOf(world)).toHaveLength(1);
    world.table.clear();
    tagRole(world, {});
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
  });

  it('is a blind spot until a person answers, even after its items have been rebuilt', async () => {
    const world = await emptied();
    expect(blind(await runSweep(world))).toEqual([lost]);
    await runRepair(world);
    expect(await runSweep(world)).toMatchObject({ isTableEmptied: true, drifts: [] });
    const answered = await sweep(settings, memorySweepPorts(world), accepted);
    expect(answered).toMatchObject({ isTableEmptied: false, blindSpots: [] });
    expect(blind(await runSweep(world))).toEqual([]);
  });

  it('is also noticed if reconcile has used it again before the sweep comes', async () => {
    const world = await emptied();
    tagRole(world, { 'google-access': reader }, 'app-new');
    await runSweep(world);
    world.table.delete('sweep table');
    await runRepair(world);
    world.table.delete(`role#aws:111122223333:reports bindings`);
    expect(blind(await runSweep(world))).toEqual([lost]);
  });

  it('also lists again what the file names: if dropped after that, it is still checked (invariant 9)', async () => {
    const world = await emptied();
    await runSweep(world);
    await runRepair(world);
    expect(usedNames(world)).toEqual(expect.arrayContaining(['acme-data', 'us-east-1', '/google-access']));
    const other: Settings = { ...settings, google: { ...settings.google, projects: ['acme-identity'] } };
    await runSweep(world, other);
    await runRepair(world, other);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
  });

  it('forgets nothing until then', async () => {
    const world = await emptied();
    setUsed(world, 'region', 'eu-west-3', '2026-11-24T10:00:00Z');
    await runSweep(world);
    expect(usedNames(world)).toContain('eu-west-3');
    await sweep(settings, memorySweepPorts(world), accepted);
    expect(usedNames(world)).not.toContain('eu-west-3');
  });

  it('is not suspected before the first grant; in dry-run nothing is written, and in upsert-only others may bind', async () => {
    const fresh = createWorld({ readerBindings: [sharedBinding] });
    tagRole(fresh, { 'google-access': reader });
    expect(blind(await runSweep(fresh))).toEqual([]);
    for (const mode of ['dry-run', 'upsert-only'] satisfies Settings['mode'][]) {
      const world = await emptied();
      expect(blind(await runSweep(world, { ...settings, mode }))).toEqual([]);
    }
  });
});
