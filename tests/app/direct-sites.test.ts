import { plan } from '../../shared/app/plan.ts';
import {
  asked,
  bucket,
  bucketWorld,
  direct,
  eve,
  tagFor,
  takeOutcomes,
  viewer,
} from '../support/bucket-world.ts';
import { memorySweepPorts, setPolicy } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader } from '../support/settings.ts';
import { runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { bindingsOf, member, parameterPlaces, tagRole } from '../support/world.ts';

describe('access at a site', () => {
  it('counts toward the revocation limit if its role lost its tag unnoticed', async () => {
    const world = bucketWorld();
    const names = ['app-a', 'app-b', 'app-c'];
    for (const name of names) tagRole(world, { 'google-access/in': asked }, name);
    await settleAll(world, direct);
    for (const name of names) tagRole(world, {}, name);
    const { limits } = await runSweep(world, { ...direct, sweep: { ...direct.sweep, maxRevocations: 2 } });
    expect(limits).toMatchObject([{ kind: 'held', held: 3 }]);
    const [held] = world.held;
    expect(held?.revocations.map(({ role }) => role.roleName)).toEqual(names);
  });

  it('ends everywhere while everything is revoked', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    await runSweep(world, { ...direct, allow: [] });
    await runRepair(world, { ...direct, allow: [] });
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('is in the plan by its name', async () => {
    const world = bucketWorld();
    tagFor(world);
    const forecast = await plan(direct, memorySweepPorts(world));
    expect(
      forecast.roles[0]?.changes.map(({ change }) => ('access' in change ? change.access : change.kind)),
    ).toEqual([asked, asked, asked, asked, asked]);
    expect(forecast.blindSpots).toEqual([]);
  });

  it('is not granted on a bucket that strangers have now', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    world.owners.set(bucket, '999');
    setPolicy(world, bucket, { bindings: [eve] });
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('belongs to project number 999 now') },
    ]);
  });

  it('is a blind spot on a bucket that strangers have now, with our member, and their policy is left alone', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    world.owners.set(bucket, '999');
    expect((await runSweep(world, direct)).blindSpots).toEqual([
      {
        what: `the allow policy of ${bucket}`,
        reason: expect.stringMatching(
          /^It gives access to role reports .*belongs to project number 999 now.* forget --resource/,
        ),
      },
    ]);
    tagRole(world, {});
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
    setPolicy(world, bucket, { bindings: [eve] });
    expect((await runSweep(world, direct)).blindSpots).toEqual([]);
  });

  it('is not granted on a bucket that strangers take while its policy is edited', async () => {
    const world = bucketWorld();
    tagFor(world);
    let isTaken = false;
    world.before = (call) => {
      if (isTaken || call !== `setIamPolicy ${bucket}`) return;
      isTaken = true;
      world.owners.set(bucket, '999');
      setPolicy(world, bucket, { bindings: [eve] });
    };
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('is not granted on a bucket that would ignore it, and the outcome says why', async () => {
    const world = bucketWorld();
    world.noBinds.set(bucket, 'Bucket acme-in ignores federated roles.');
    tagFor(world);
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect(entriesOf(world)).toEqual([]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Failed', reason: 'Bucket acme-in ignores federated roles.' },
    ]);
  });

  it('is granted beside a service account', async () => {
    const world = bucketWorld();
    tagRole(world, { 'google-access': reader, 'google-access/in': asked });
    await settleAll(world, direct);
    expect(entriesOf(world)).toHaveLength(2);
    expect(parameterPlaces(world)).toHaveLength(6);
    expect((await runSweep(world, direct)).drifts).toEqual([]);
  });
});
