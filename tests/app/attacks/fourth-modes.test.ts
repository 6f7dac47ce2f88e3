import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { runSweep } from '../../support/sweeping.ts';
import { setUsed, usedNames } from '../../support/table.ts';
import { createWorld, tagRole } from '../../support/world.ts';

describe('invariant 9, in every mode: an emptied table forgets nothing until a person has answered', () => {
  const emptied = async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    await runSweep(world);
    world.table.clear();
    await runReconcile(world, [requestFor()]);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
    world.drifts.length = 0;
    // As the runbook says, an earlier file was named again for one sweep.
    setUsed(world, 'project', 'acme-old', '2026-11-24T01:00:00Z');
    return world;
  };

  it.each(['sync', 'upsert-only', 'dry-run'] as const)('%s: the scope entry stays', async (mode) => {
    const world = await emptied();
    await runSweep(world, { ...settings, mode });
    expect(usedNames(world)).toContain('acme-old');
  });

  it.each(['sync', 'upsert-only', 'dry-run'] as const)('%s: the sweep still says so', async (mode) => {
    const world = await emptied();
    const { isTableEmptied, blindSpots } = await runSweep(world, { ...settings, mode });
    expect([isTableEmptied, blindSpots.length > 0]).toEqual([true, true]);
  });
});
