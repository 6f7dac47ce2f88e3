import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, settings } from '../../support/settings.ts';
import { setUsed, usedNames } from '../../support/table.ts';

import { sweepOnce } from './support.ts';

describe('invariant 9, in every mode: an emptied table forgets nothing until a person has answered', () => {
  const emptied = async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    made.table.clear();
    await run(made, [request()]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
    made.drifts.length = 0;
    // As the runbook says, an earlier file was named again for one sweep.
    setUsed(made, 'project', 'acme-old', '2026-11-24T01:00:00Z');
    return made;
  };

  it.each(['sync', 'upsert-only', 'dry-run'] as const)('%s: the scope entry stays', async (mode) => {
    const made = await emptied();
    await sweepOnce(made, { ...settings, mode });
    expect(usedNames(made)).toContain('acme-old');
  });

  it.each(['sync', 'upsert-only', 'dry-run'] as const)('%s: the sweep still says so', async (mode) => {
    const made = await emptied();
    const { isTableEmptied, blindSpots } = await sweepOnce(made, { ...settings, mode });
    expect([isTableEmptied, blindSpots.length > 0]).toEqual([true, true]);
  });
});
