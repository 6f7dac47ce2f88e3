import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setRole } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings, writer } from '../../support/settings.ts';
import { alice, repair, requestOf } from '../../support/sweeping.ts';
import { entriesOf, setUsed, usedNames } from '../../support/table.ts';

import { hour, later, sweepOnce } from './support.ts';

describe('invariant 2 + 9: a table that was emptied', () => {
  it('is noticed, also if an event comes before the next sweep', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    setUsed(made, 'project', 'acme-old', '2026-11-24T11:00:00Z');
    made.table.clear();
    await run(made); // any event of that role: its item and "initialized" are written again
    const { isTableEmptied } = await sweepOnce(made);
    expect(isTableEmptied).toBe(true);
  });

  it('the same, with an orphan that no tag explains', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    made.table.clear();
    setRole(made, reports, []); // its UntagRole is lost
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    const { isTableEmptied } = await sweepOnce(made);
    expect(isTableEmptied).toBe(true);
  });

  it('a warm container enters the scope again before it binds, publishes or lists', async () => {
    const made = world();
    const warm = memoryPorts(made);
    tag(made, { 'google-access': reader });
    await reconcile(settings, warm, [request()]);
    made.table.clear();
    await sweepOnce(made);
    await reconcile(settings, warm, made.drifts.splice(0).map(requestOf));
    expect(entriesOf(made)).toHaveLength(1);
    expect(usedNames(made)).toContain('eu-west-1');
  });

  it('… or a region that the file then drops is forgotten, with its configs', async () => {
    const made = world();
    const warm = memoryPorts(made);
    tag(made, { 'google-access': reader });
    await reconcile(settings, warm, [request()]);
    made.table.clear();
    await sweepOnce(made);
    await reconcile(settings, warm, made.drifts.splice(0).map(requestOf));
    later(made, hour);
    const using: Settings = { ...settings, regions: ['us-east-1'] };
    for (let n = 0; n < 3; n += 1) {
      await sweepOnce(made, using);
      await repair(made, using);
      later(made, hour);
    }
    expect([...made.parameters.keys()]).toEqual(['us-east-1 /google-access/reports/default']);
  });

  it('is not concluded from an item that cannot be read', async () => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    for (const [name, item] of made.table)
      if (name.startsWith('role#')) made.table.set(name, { ...item, body: '{"version":2}' });
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });

  it('is not concluded from a second read of an item that fails', async () => {
    const made = world();
    let isFirst = true;
    made.after = async (call) => {
      if (!call.startsWith('Scan') || !isFirst) return;
      isFirst = false;
      tag(made, { 'google-access': reader });
      await run(made);
    };
    made.before = (call) => {
      if (call === 'BatchGetItem role#aws:111122223333:reports bindings')
        throw new PermanentError('throttled');
    };
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
  });

  it('is not seen where there was none: the very first grant while the first sweep looks', async () => {
    const made = world();
    let isFirst = true;
    made.after = async (call) => {
      if (!call.startsWith('Scan') || !isFirst) return;
      isFirst = false;
      tag(made, { 'google-access': reader });
      await run(made);
    };
    const { isTableEmptied } = await sweepOnce(made);
    expect(isTableEmptied).toBe(false);
  });
});

describe('invariant 9: the scope alone was removed', () => {
  const withoutScope = async (): Promise<MemoryWorld> => {
    const made = world();
    tag(made, { 'google-access': reader });
    await run(made);
    await sweepOnce(made);
    setUsed(made, 'project', 'acme-old', '2026-11-24T11:00:00Z');
    for (const name of made.table.keys()) if (name.startsWith('scope ')) made.table.delete(name);
    return made;
  };

  it('is noticed, though a sweep had judged the table', async () => {
    const { isTableEmptied } = await sweepOnce(await withoutScope());
    expect(isTableEmptied).toBe(true);
  });

  it('is noticed after reconcile has entered it again', async () => {
    const made = await withoutScope();
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('is answered for once, and noticed again if it happens again', async () => {
    const made = await withoutScope();
    const given = { answer: { kind: 'acceptTable' }, answeredBy: alice } as const;
    expect((await sweep(settings, memorySweepPorts(made), given)).isTableEmptied).toBe(false);
    tag(made, { 'google-access': writer }, 'app-new');
    await run(made, [request('app-new')]);
    expect((await sweepOnce(made)).isTableEmptied).toBe(false);
    for (const name of made.table.keys()) if (name.startsWith('scope ')) made.table.delete(name);
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });

  it('before a sweep has judged it', async () => {
    const made = await withoutScope();
    made.table.delete('sweep table');
    expect((await sweepOnce(made)).isTableEmptied).toBe(true);
  });
});
