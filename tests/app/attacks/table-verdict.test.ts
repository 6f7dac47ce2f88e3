import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { type Settings } from '../../../shared/core/settings.ts';
import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setRole,
  unavailable,
} from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, repair } from '../../support/sweeping.ts';
import { setUsed, usedNames } from '../../support/table.ts';

import { hour, later, sweepOnce } from './support.ts';

const oneRegion: Settings = { ...settings, regions: ['us-east-1'] };

/** Emptied, with an orphan that no tag explains; then another role was granted. */
const emptied = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, { 'google-access': reader });
  await run(made);
  await sweepOnce(made);
  made.table.clear();
  setRole(made, reports, []); // its UntagRole is lost
  tag(made, { 'google-access': writer }, 'app-new');
  await run(made, [request('app-new')]);
  return made;
};

describe('invariant 2: a table that was emptied is noticed', () => {
  it('control: in a whole look', async () => {
    expect((await sweepOnce(await emptied())).isTableEmptied).toBe(true);
  });

  it('also if the owner of the pool could not be read when the first sweep looked', async () => {
    const made = await emptied();
    const { ownership } = made;
    made.ownership = { kind: 'unproven', reason: 'timeout' };
    await sweepOnce(made);
    made.ownership = ownership;
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it.each([
    ['the project could not be listed', 'listServiceAccounts acme-data'],
    ['the policy could not be read', `getIamPolicy ${readerPolicy}`],
    ['the second read of the item failed', 'BatchGetItem role#aws:111122223333:reports bindings'],
  ])('also if %s when the first sweep looked', async (_, failing) => {
    const made = await emptied();
    made.before = (call) => {
      if (call === failing) throw unavailable(call);
    };
    await sweepOnce(made);
    made.before = () => undefined;
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('also if the event that comes first changes the end of the access', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    made.table.clear();
    tag(made, { 'google-access': `${reader} until 2026-12-31` });
    await run(made);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('also if the event that comes first is the drift that removes the access', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    setRole(made, reports, []);
    await sweepOnce(made); // it tells of the drift
    made.table.clear();
    await repair(made);
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('also if an event lists what was unlisted while the first sweep looks', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    made.table.clear();
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    let isFirst = true;
    made.after = async (call) => {
      if (call !== 'Scan' || !isFirst) return;
      isFirst = false;
      await run(made);
    };
    await sweepOnce(made);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('also after a time in mode upsert-only', async () => {
    const made = await emptied();
    await sweepOnce(made, { ...settings, mode: 'upsert-only' });
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('a person’s answer is not lost to a sweep that runs at the same time', async () => {
    const made = await emptied();
    let isFirst = true;
    made.after = async (call) => {
      if (!call.startsWith('BatchGetItem sweep table') || !isFirst) return;
      isFirst = false;
      await sweepOnce(made);
    };
    const given = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
    await expect(sweep(settings, memorySweepPorts(made), given)).rejects.toThrow('Try again');
    expect(await sweep(settings, memorySweepPorts(made), given)).toMatchObject({ isTableEmptied: false });
  });
});

describe('a new table is not taken for one that was emptied', () => {
  it('by two first events of one role at the same time (CreateRole and TagRole)', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    let isFirst = true;
    const after = async (call: string): Promise<void> => {
      if (!call.startsWith('BatchGetItem role#') || !isFirst) return;
      isFirst = false;
      await run(made);
    };
    await reconcile(settings, memoryPorts(made, { before: () => undefined, after }), [request()]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });
});

describe('invariant 9: what is used is in the scope', () => {
  it('also if it is used again while a sweep, which began before, finds it clean', async () => {
    const made = world();
    await run(made, [], oneRegion);
    tag(made, { 'google-access': reader }, 'app-old');
    await run(made, [request('app-old')], oneRegion);
    setUsed(made, 'region', 'eu-west-1', '2026-11-24T08:00:00Z');
    // The file names the region again, and a role is granted meanwhile.
    const warm = memoryPorts(made);
    let isFirst = true;
    made.after = async (call) => {
      if (call !== 'GetAccountAuthorizationDetails' || !isFirst) return;
      isFirst = false;
      tag(made, { 'google-access': reader });
      await reconcile(settings, warm, [request()]);
    };
    await sweepOnce(made, oneRegion);
    await reconcile(settings, warm, [request()]);
    expect(made.parameters.has('eu-west-1 /google-access/reports/default')).toBe(true);
    // The file drops it once more: its configs must not be forgotten.
    for (let n = 0; n < 3; n += 1) {
      later(made, 2 * hour);
      await sweepOnce(made, oneRegion);
      await repair(made, oneRegion);
    }
    expect([...made.parameters.keys()].filter((place) => place.startsWith('eu-west-1'))).toEqual([]);
  });

  it('for an hour after it was used last, also if the file had dropped it before', async () => {
    const made = world();
    tag(made, { 'google-access': writer }, 'app-old');
    await run(made, [request('app-old')], oneRegion);
    setUsed(made, 'region', 'eu-west-1', '2026-11-24T08:00:00Z');
    tag(made, { 'google-access': reader });
    // The file named it again until a moment ago: this function is about to publish there when a sweep looks.
    let isFirst = true;
    made.before = async (call) => {
      if (!call.startsWith('PutParameter eu-west-1') || !isFirst) return;
      isFirst = false;
      await sweepOnce(made, oneRegion);
    };
    await run(made);
    expect(usedNames(made)).toContain('eu-west-1');
  });
});
