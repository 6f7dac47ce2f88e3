import { RetryableError } from '../../../shared/core/errors.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { runSweep } from '../../support/sweeping.ts';
import { entriesOf } from '../../support/table.ts';
import { advance, createWorld, isBound, tagRole } from '../../support/world.ts';

const throttled = new RetryableError('ProvisionedThroughputExceededException');
const item = 'role#aws:111122223333:reports bindings';

/** Bound, judged, and then emptied. */
const emptied = async () => {
  const world = createWorld();
  tagRole(world, { 'google-access': reader });
  await runReconcile(world);
  await runSweep(world);
  world.table.clear();
  world.calls.length = 0;
  return world;
};

describe('invariant 2 + 9: an emptied table is noticed', () => {
  it('also if the second read of a role’s item fails: it is not listed before the note is written', async () => {
    const world = await emptied();
    world.before = (call) => {
      if (call === `BatchGetItem ${item}`) throw throttled;
    };
    await runReconcile(world, [requestFor('reports', { delivery: 'first' })]);
    world.before = () => undefined;
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]); // the message, if it came back
    expect(entriesOf(world)).toHaveLength(1);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
  });

  it('also if the note cannot be written: until then nothing that the table does not list is removed', async () => {
    const world = await emptied();
    // CreateRole: the new role has the same grant, with an end.
    tagRole(world, { 'google-access': `${reader} until 2026-12-24` });
    world.before = (call) => {
      if (call === 'PutItem scope unlisted') throw throttled;
    };
    await runReconcile(world);
    world.before = () => undefined;
    await runReconcile(world, [requestFor('reports', { delivery: 'again' })]);
    expect((await runSweep(world)).isTableEmptied).toBe(true);
    expect(world.policies.get(readerPolicy)?.policy.bindings).toHaveLength(1);
  });
});

describe('invariant 2 + 9: a table that nobody emptied is not called emptied', () => {
  it('what was granted and revoked again while the first sweep looked', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    world.after = async (call) => {
      if (!call.startsWith('Scan')) return;
      world.after = () => undefined;
      await runReconcile(world); // before the sweep reads the policy
      world.after = async (next) => {
        if (next !== `getIamPolicy ${readerPolicy}`) return;
        world.after = () => undefined;
        tagRole(world, {});
        await runReconcile(world); // after it has read the policy
        expect([isBound(world), entriesOf(world)]).toEqual([false, []]);
      };
    };
    await runSweep(world);
    advance(world, 3_600_000);
    expect((await runSweep(world)).isTableEmptied).toBe(false);
  });

  it('what was granted while the first sweep looked, and the read of the notes fails', async () => {
    const world = createWorld();
    let isFirst = true;
    world.after = async (call) => {
      if (!call.startsWith('Scan') || !isFirst) return;
      isFirst = false;
      tagRole(world, { 'google-access': reader });
      await runReconcile(world);
    };
    world.before = (call) => {
      if (call === 'BatchGetItem scope unlisted, scope initialized') throw throttled;
    };
    await runSweep(world);
    world.before = () => undefined;
    expect((await runSweep(world)).isTableEmptied).toBe(false);
  });

  it('what two others granted and revoked between the two reads of a third', async () => {
    const world = createWorld();
    tagRole(world, { 'google-access': reader });
    world.after = async (call) => {
      if (!call.startsWith(`BatchGetItem ${item},`)) return;
      world.after = () => undefined;
      await runReconcile(world); // after the third has read the ledger
    };
    world.before = async (call) => {
      if (call !== `BatchGetItem ${item}`) return;
      world.before = () => undefined;
      tagRole(world, {});
      await runReconcile(world); // after it has read the policy
      expect([isBound(world), entriesOf(world)]).toEqual([false, []]);
    };
    await runReconcile(world);
    world.before = () => undefined;
    await runReconcile(world);
    expect((await runSweep(world)).isTableEmptied).toBe(false);
  });
});
