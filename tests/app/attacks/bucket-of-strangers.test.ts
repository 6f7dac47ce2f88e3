import { plan } from '../../../shared/app/plan.ts';
import { memberOf } from '../../../shared/core/member.ts';
import {
  asked,
  bucket,
  bucketWorld,
  creator,
  withCreator as direct,
  eve,
  viewer,
} from '../../support/bucket-world.ts';
import {
  deleteRole,
  type MemoryWorld,
  memorySweepPorts,
  setPolicy,
  unavailable,
} from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reports, roleRef, settings } from '../../support/settings.ts';
import { runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { entriesOf } from '../../support/table.ts';
import { bindingsOf, member, parameterPlaces, tagRole } from '../../support/world.ts';

const bound = { role: viewer, members: [...eve.members, member] };
const reason = expect.stringContaining('belongs to project number 999 now');

/** Strangers own the bucket now. Its policy has our member, unless a test says otherwise. */
const takenWorld = async (value = asked): Promise<MemoryWorld> => {
  const world = bucketWorld();
  tagRole(world, { 'google-access/in': value });
  await settleAll(world, direct);
  world.owners.set(bucket, '999');
  return world;
};
const last = requestFor('reports', { namedKeys: ['google-access/in'], delivery: 'last' });
const outcomesOf = ({ outcomes }: MemoryWorld) =>
  outcomes.map(({ type, detail }) => ({ type, reason: detail.reason }));

describe('invariant 1: the policy of a bucket that now belongs to strangers', () => {
  it('is not edited by an untag event, and the entry stays', async () => {
    const world = await takenWorld();
    tagRole(world, {});
    await runReconcile(world, [last], direct);
    expect(bindingsOf(world, bucket)).toEqual([bound]);
    expect(entriesOf(world)).toMatchObject([{ resource: bucket }]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(outcomesOf(world)).toEqual([{ type: 'Failed', reason }]);
  });

  it('is not edited after the role is deleted', async () => {
    const world = await takenWorld();
    deleteRole(world, reports);
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([bound]);
  });

  it('is not edited by an event that changes the end', async () => {
    const world = await takenWorld(`${asked} until 2026-12-01`);
    const before = bindingsOf(world, bucket);
    tagRole(world, { 'google-access/in': `${asked} until 2026-12-05` });
    await runReconcile(world, [last], direct);
    expect(bindingsOf(world, bucket)).toEqual(before);
    expect(outcomesOf(world)).toContainEqual({ type: 'Failed', reason });
  });

  it('is not edited if the entries of our sites cannot be read', async () => {
    const world = await takenWorld();
    tagRole(world, {});
    world.before = (call) => {
      if (call.startsWith('BatchGetItem scope site#')) throw unavailable(call);
    };
    await runReconcile(world, [last], direct);
    expect(bindingsOf(world, bucket)).toEqual([bound]);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('gets no second Google role, which would make us mistake the strangers for its owners', async () => {
    const world = await takenWorld();
    tagRole(world, { 'google-access/out': `${creator} on ${bucket}` }, 'app-two');
    await runReconcile(world, [requestFor('app-two', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([bound]);
    expect(entriesOf(world, roleRef('app-two'))).toEqual([]);
    expect(outcomesOf(world)).toEqual([{ type: 'Failed', reason }]);
    expect([...world.table.keys()].filter((key) => key.includes(creator))).toEqual([]);
  });

  it('is left alone by the sweep if one of its sites was entered under the strangers', async () => {
    const world = await takenWorld();
    const [pk, sk] = ['scope', `site#${creator} on ${bucket}`];
    const entry = {
      version: 1,
      kind: 'site',
      name: sk.slice(5),
      owner: '999',
      since: '2026-11-01T00:00:00Z',
    };
    world.table.set(`${pk} ${sk}`, { pk, sk, revision: 'r', body: JSON.stringify(entry) });
    tagRole(world, {});
    expect((await runSweep(world, direct)).blindSpots).toEqual([
      { what: `the allow policy of ${bucket}`, reason },
    ]);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([bound]);
  });

  it('gets no binding if they take it while a rejected write is retried in halves', async () => {
    const world = bucketWorld();
    tagRole(world, { 'google-access/in': asked });
    tagRole(world, { 'google-access/in': asked }, 'app-bad');
    world.rejected.add(memberOf(settings, roleRef('app-bad')));
    let isTaken = false;
    world.after = (call) => {
      if (isTaken || call !== `setIamPolicy ${bucket}`) return;
      isTaken = true;
      world.owners.set(bucket, '999');
      setPolicy(world, bucket, { bindings: [eve] });
    };
    await runReconcile(world, [last, requestFor('app-bad', { delivery: 'last' })], direct);
    expect(isTaken).toBe(true);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('is shown in a plan, with the reason why nothing can be bound on it', async () => {
    const world = await takenWorld();
    setPolicy(world, bucket, { bindings: [eve] });
    world.parameters.clear();
    const { roles } = await plan(direct, memorySweepPorts(world));
    // Nothing is published for a binding that is not made.
    expect(roles.flatMap(({ changes }) => changes)).toMatchObject([
      { change: { kind: 'bind' }, isImpossible: true, obstacle: reason },
    ]);
  });
});
