import { reconcile } from '../../../shared/app/reconcile.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { forgetKey, writeAnswer } from '../../../shared/core/answer-item.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, memorySweepPorts, setRole } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOf } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown } from '../../support/table.ts';

import { hour, isBound, later } from './support.ts';

describe('held', () => {
  it('a forged drift with another partition, another casing and another account gives and takes nothing', async () => {
    const made = world();
    setKnown(made);
    tag(made, { 'google-access': reader });
    await run(made);
    const before = JSON.stringify([[...made.policies], [...made.parameters]]);
    for (const role of [
      { ...reports, partition: 'aws-cn' },
      { ...reports, roleName: 'REPORTS' },
      { ...reports, accountId: '999988887777' },
      roleRef('a+=,.@-'.padEnd(64, 'Z')),
    ])
      await reconcile(settings, memoryPorts(made), [
        requestOf({
          role,
          resources: [readerPolicy],
          strays: [],
          released: [readerPolicy],
          absent: [readerPolicy],
        }),
      ]);
    expect(JSON.stringify([[...made.policies], [...made.parameters]])).toBe(before);
  });
});

describe('forget: an entry that the answer kept', () => {
  it('is not dropped by a forged drift within the hour', async () => {
    const made = world();
    setKnown(made);
    const gone = roleRef('gone');
    setEntries(made, [entryFor(reader)]);
    setEntries(made, [entryFor(reader, { member: memberOf(settings, gone) })], gone);
    tag(made, { 'google-access': reader });
    made.denied.add(readerPolicy);
    const thing = { kind: 'resource', name: readerPolicy } as const;
    const { view } = await loadScope(settings, memorySweepPorts(made));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    const { forgotten } = await sweep(settings, memorySweepPorts(made), {
      answer: { kind: 'forget', thing, listed },
      answeredBy: alice,
    });
    expect(forgotten?.kept).toMatchObject([{ role: reports, reason: 'a tag of the role asks for it' }]);
    later(made, hour / 2);
    setRole(made, reports, []);
    await reconcile(settings, memoryPorts(made), [
      requestOf({
        role: reports,
        resources: [],
        strays: [],
        released: [],
        absent: [],
        answers: [forgetKey(thing).sk],
      }),
    ]);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('held: a replayed answer after the hour, or for what was announced later, drops nothing', async () => {
    for (const [pause, announcedAt] of [
      [hour, '2026-11-24T10:00:00.000Z'],
      [600_000, '2026-11-24T12:00:01.000Z'],
    ] as const) {
      const made = world();
      setKnown(made);
      const thing = { kind: 'project', name: 'acme-data' } as const;
      setEntries(made, [entryFor(reader, { announcedAt })]);
      setRole(made, reports, []);
      made.denied.add(readerPolicy);
      const key = forgetKey(thing);
      made.table.set(`${key.pk} ${key.sk}`, {
        ...key,
        revision: 'r',
        body: writeAnswer('forget', alice, made.now, thing),
      });
      later(made, pause);
      await reconcile(settings, memoryPorts(made), [
        requestOf({ role: reports, resources: [], strays: [], released: [], absent: [], answers: [key.sk] }),
      ]);
      expect(entriesOf(made)).toHaveLength(1);
    }
  });
});

describe('held: revoke --all', () => {
  it('a late event grants nothing, nor a second look or a forged drift', async () => {
    const made = world();
    setKnown(made);
    tag(made, { 'google-access': reader });
    made.table.set('answer revoke#all', {
      pk: 'answer',
      sk: 'revoke#all',
      revision: 'r',
      body: writeAnswer('revoke', alice, made.now),
    });
    await run(made);
    await run(made, [request('reports', { pass: 'second', reported: '', needsRecheck: false })]);
    await run(made, [request('reports', { namedKeys: [], resources: [readerPolicy] })]);
    expect(isBound(made)).toBe(false);
    expect(entriesOf(made)).toEqual([]);
  });
});
