import { sweep } from '../../shared/app/sweep.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, memorySweepPorts, setRole } from '../support/memory.ts';
import { reader, reports, settings } from '../support/settings.ts';
import { alice, bindings, foreign, repair, run, settleAll, tag, world } from '../support/sweeping.ts';
import { entriesOf, setUsed, usedNames } from '../support/table.ts';

const emptied = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, reader);
  await settleAll(made);
  await run(made);
  made.table.clear();
  return made;
};
const blind = (report: { readonly blindSpots: readonly { readonly what: string }[] }) =>
  report.blindSpots.map(({ what }) => what);
const accepted = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
const lost = 'what the ledger listed before it was emptied';

describe('invariant 2: a table that someone emptied', () => {
  it('costs no access and no revocation: the sweep finds our members, and lists or removes them', async () => {
    const made = await emptied();
    await run(made);
    await repair(made);
    expect(entriesOf(made)).toHaveLength(1);
    made.table.clear();
    setRole(made, reports, []);
    await run(made);
    await repair(made);
    expect(bindings(made)).toEqual([foreign]);
  });

  it('is a blind spot until a person answers, though its items have been rebuilt', async () => {
    const made = await emptied();
    expect(blind(await run(made))).toEqual([lost]);
    await repair(made);
    expect(await run(made)).toMatchObject({ isTableEmptied: true, drifts: [] });
    const answered = await sweep(settings, memorySweepPorts(made), accepted);
    expect(answered).toMatchObject({ isTableEmptied: false, blindSpots: [] });
    expect(blind(await run(made))).toEqual([]);
  });

  it('is noticed, too, where reconcile has used it again before the sweep comes', async () => {
    const made = await emptied();
    tag(made, reader, 'app-new');
    await run(made);
    made.table.delete('sweep table');
    await repair(made);
    made.table.delete(`role#aws:111122223333:reports bindings`);
    expect(blind(await run(made))).toEqual([lost]);
  });

  it('lists again what the file names, too: dropped after that, it is still looked through (invariant 9)', async () => {
    const made = await emptied();
    await run(made);
    await repair(made);
    expect(usedNames(made)).toEqual(expect.arrayContaining(['acme-data', 'us-east-1', '/google-access']));
    const other: Settings = { ...settings, google: { ...settings.google, projects: ['acme-identity'] } };
    await run(made, other);
    await repair(made, other);
    expect(bindings(made)).toEqual([foreign]);
  });

  it('forgets nothing until then', async () => {
    const made = await emptied();
    setUsed(made, 'region', 'eu-west-3', '2026-11-24T10:00:00Z');
    await run(made);
    expect(usedNames(made)).toContain('eu-west-3');
    await sweep(settings, memorySweepPorts(made), accepted);
    expect(usedNames(made)).not.toContain('eu-west-3');
  });

  it('is not suspected before the first grant, in dry-run nothing is written, and in upsert-only others may bind', async () => {
    const fresh = world();
    tag(fresh, reader);
    expect(blind(await run(fresh))).toEqual([]);
    for (const mode of ['dry-run', 'upsert-only'] satisfies Settings['mode'][]) {
      const made = await emptied();
      expect(blind(await run(made, { ...settings, mode }))).toEqual([]);
    }
  });
});
