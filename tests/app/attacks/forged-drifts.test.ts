import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { forgetKey, writeAnswer } from '../../../shared/core/answer-item.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, memorySweepPorts } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOfDrift } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';
import { advance, createWorld, hour, isBound, tagRole } from '../../support/world.ts';

describe('held', () => {
  it('a forged drift with another partition, another casing and another account gives and takes nothing', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    await runReconcile(world);
    const before = JSON.stringify([[...world.policies], [...world.parameters]]);
    for (const role of [
      { ...reports, partition: 'aws-cn' },
      { ...reports, roleName: 'REPORTS' },
      { ...reports, accountId: '999988887777' },
      roleRef('a+=,.@-'.padEnd(64, 'Z')),
    ])
      await reconcile(settings, memoryPorts(world), [
        requestOfDrift({
          role,
          resources: [readerPolicy],
          strays: [],
          released: [readerPolicy],
          absent: [readerPolicy],
        }),
      ]);
    expect(JSON.stringify([[...world.policies], [...world.parameters]])).toBe(before);
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

  it('held: a replayed answer after the hour, or for what was announced later, drops nothing', async () => {
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

describe('held: revoke --all', () => {
  it('a late event grants nothing, nor a second look or a forged drift', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { 'google-access': reader });
    world.table.set('answer revoke#all', {
      pk: 'answer',
      sk: 'revoke#all',
      revision: 'r',
      body: writeAnswer('revoke', alice, world.now),
    });
    await runReconcile(world);
    await runReconcile(world, [requestFor('reports', { pass: 'second', reported: '', needsRecheck: false })]);
    await runReconcile(world, [requestFor('reports', { namedKeys: [], resources: [readerPolicy] })]);
    expect(isBound(world)).toBe(false);
    expect(entriesOf(world)).toEqual([]);
  });
});
