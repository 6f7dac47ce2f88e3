import { reconcile } from '../../../shared/app/reconcile.ts';
import { writeAnswer } from '../../../shared/core/answer-item.ts';
import { memoryPorts } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, reports, roleRef, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOfDrift } from '../../support/sweeping.ts';
import { entriesOf, setKnown } from '../../support/table.ts';
import { createWorld, isBound, tagRole } from '../../support/world.ts';

describe('held: forged drifts', () => {
  it('a forged drift with another partition, another casing and another account grants and removes nothing', async () => {
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

describe('held: revoke --all', () => {
  it('a late event grants nothing, and neither does a second look or a forged drift', async () => {
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
