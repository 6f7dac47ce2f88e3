import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { forgetKey, writeAnswer } from '../../../shared/core/answer-item.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, memorySweepPorts } from '../../support/memory.ts';
import { runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOfDrift } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

describe('forget: an answer covers only what was shown', () => {
  it('not an entry that was announced while the sweep that stores it was running', async () => {
    const world = createWorld();
    setKnown(world);
    const gone = roleRef('gone');
    setEntries(world, [entryFor(reader, { member: memberOf(settings, gone) })], gone);
    world.denied.add(readerPolicy);
    const thing = { kind: 'resource', name: readerPolicy } as const;
    const { view } = await loadScope(settings, memorySweepPorts(world));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    let isFirst = true;
    world.after = async (call) => {
      if (call !== 'Scan' || !isFirst) return;
      isFirst = false;
      world.denied.delete(readerPolicy);
      tagRole(world, { 'google-access': reader });
      await runReconcile(world);
      world.denied.add(readerPolicy);
      advance(world, 1000);
    };
    const given = { answer: { kind: 'forget', thing, listed }, answeredBy: alice } as const;
    const { forgotten } = await sweep(settings, memorySweepPorts(world), given);
    expect(forgotten).toMatchObject({ dropped: [{}], kept: [] });
    expect(isBound(world)).toBe(true);
    advance(world, hour / 2);
    tagRole(world, {}); // its UntagRole is on the way
    await reconcile(settings, memoryPorts(world), [
      requestOfDrift({
        role: reports,
        resources: [],
        strays: [],
        released: [],
        absent: [],
        answers: [forgetKey(thing).sk],
      }),
    ]);
    expect(isBound(world)).toBe(true);
    expect(entriesOf(world)).toHaveLength(1);
  });
});

describe('forget: an entry that the answer kept', () => {
  it('is not dropped by a forged drift within the hour', async () => {
    const world = createWorld();
    setKnown(world);
    const gone = roleRef('gone');
    setEntries(world, [entryFor(reader)]);
    setEntries(world, [entryFor(reader, { member: memberOf(settings, gone) })], gone);
    tagRole(world, { 'google-access': reader });
    world.denied.add(readerPolicy);
    const thing = { kind: 'resource', name: readerPolicy } as const;
    const { view } = await loadScope(settings, memorySweepPorts(world));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    const { forgotten } = await sweep(settings, memorySweepPorts(world), {
      answer: { kind: 'forget', thing, listed },
      answeredBy: alice,
    });
    expect(forgotten?.kept).toMatchObject([{ role: reports, reason: 'a tag of the role asks for it' }]);
    advance(world, hour / 2);
    tagRole(world, {});
    await reconcile(settings, memoryPorts(world), [
      requestOfDrift({
        role: reports,
        resources: [],
        strays: [],
        released: [],
        absent: [],
        answers: [forgetKey(thing).sk],
      }),
    ]);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('held: a replayed answer drops nothing after the hour, or for an entry that was announced later', async () => {
    for (const [pause, announcedAt] of [
      [hour, '2026-11-24T10:00:00.000Z'],
      [600_000, '2026-11-24T12:00:01.000Z'],
    ] as const) {
      const world = createWorld();
      setKnown(world);
      const thing = { kind: 'project', name: 'acme-data' } as const;
      setEntries(world, [entryFor(reader, { announcedAt })]);
      tagRole(world, {});
      world.denied.add(readerPolicy);
      const key = forgetKey(thing);
      world.table.set(`${key.pk} ${key.sk}`, {
        ...key,
        revision: 'r',
        body: writeAnswer('forget', alice, world.now, thing),
      });
      advance(world, pause);
      await reconcile(settings, memoryPorts(world), [
        requestOfDrift({
          role: reports,
          resources: [],
          strays: [],
          released: [],
          absent: [],
          answers: [key.sk],
        }),
      ]);
      expect(entriesOf(world)).toHaveLength(1);
    }
  });
});
