import { reconcile } from '../../shared/app/reconcile.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { reader, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, usedNames } from '../support/table.ts';
import {
  bindingsOf,
  createWorld,
  member,
  outcomeTypes,
  parameterPlaces,
  sharedBinding,
  tagRole,
} from '../support/world.ts';

const oldPool = poolPath(settings);
const moved: Settings = { ...settings, google: { ...settings.google, pool: 'new-roles' } };
const newMember = member.replace('aws-roles', 'new-roles');
const hour = 60 * 60 * 1000;

/** A role that was bound in one pool; then rolebridge.yml named another one. */
const movedWorld = async (): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  tagRole(world, { 'google-access': reader });
  await settleAll(world);
  world.now = new Date(world.now.getTime() + hour);
  return world;
};
const settleMoved = async (world: MemoryWorld) => {
  const report = await runSweep(world, moved);
  await runRepair(world, moved);
  return report;
};

describe('invariant 1: our members in a pool that an earlier file named', () => {
  it('move to the new pool with the next sweep, and so do their configs', async () => {
    const world = await movedWorld();
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)).toEqual([
      { ...sharedBinding, members: [...sharedBinding.members, newMember] },
    ]);
    expect(entriesOf(world).map((entry) => entry.member)).toEqual([newMember]);
    for (const { value } of world.parameters.values())
      expect(value).toContain('workloadIdentityPools/new-roles/');
  });

  it('are removed if no tag requests them any more', async () => {
    const world = await movedWorld();
    world.roles.clear();
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual([]);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomeTypes(world)).toEqual(['Revoked']);
  });

  it('are removed by an event, too: reconcile reads the pools of the scope itself', async () => {
    const world = await movedWorld();
    world.roles.clear();
    await reconcile(moved, memoryPorts(world), [requestFor('reports', { resources: [readerPolicy] })]);
    expect(bindingsOf(world, readerPolicy)).toEqual([sharedBinding]);
  });

  it('stay if the pool has another owner by now, and so does what the ledger lists', async () => {
    const world = await movedWorld();
    world.ownerships.set(oldPool, { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    world.roles.clear();
    const { blindSpots } = await settleMoved(world);
    expect(blindSpots).toMatchObject([{ what: 'the owner of pool aws-roles', reason: 'theirs' }]);
    expect(bindingsOf(world, readerPolicy)).toContainEqual({
      ...sharedBinding,
      members: [...sharedBinding.members, member],
    });
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('of a pool without a proven owner are removed only if the ledger lists them', async () => {
    const world = await movedWorld();
    world.ownerships.set(oldPool, { kind: 'unproven', reason: 'no marker' });
    const stranger = member.replace('assumed-role/reports', 'assumed-role/stranger');
    setPolicy(world, readerPolicy, {
      bindings: [{ role: workloadIdentityUser, members: [member, stranger] }],
    });
    world.roles.clear();
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)).toEqual([{ role: workloadIdentityUser, members: [stranger] }]);
  });

  it('of a pool that Google no longer knows are removed, if Google answered for the new one', async () => {
    const world = await movedWorld();
    world.ownerships.set(oldPool, { kind: 'unproven', reason: 'no pool', isNotFound: true });
    const stranger = member.replace('assumed-role/reports', 'assumed-role/stranger');
    setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [stranger] }] });
    world.ownership = { kind: 'unproven', reason: 'no pool', isNotFound: true };
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)[0]?.members).toContain(stranger);
    world.ownership = { kind: 'ours' };
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)[0]?.members).not.toContain(stranger);
  });

  it('that only the ledger lists, in a pool that nothing names, count as bound while the policy holds them', async () => {
    const world = await movedWorld();
    for (const [key, item] of world.table) if (item.sk === `pool#${oldPool}`) world.table.delete(key);
    world.roles.clear();
    await settleMoved(world);
    expect(bindingsOf(world, readerPolicy)).toEqual([sharedBinding]);
    expect(entriesOf(world)).toEqual([]);
  });

  it('if the pools of the scope cannot be read, nothing is changed and the message is retried', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    world.before = (call) => {
      if (call.startsWith('Query')) throw new PermanentError('no Query');
    };
    const [report] = await reconcile(settings, memoryPorts(world), [requestFor('reports')]);
    expect(report?.outcomes).toMatchObject([{ type: 'Failed', detail: { reason: 'no Query' } }]);
    expect(bindingsOf(world, readerPolicy)).toEqual([sharedBinding]);
  });
});

describe('invariant 9: a pool leaves the scope', () => {
  it('an hour after it was dropped, once nothing of ours is left in it', async () => {
    const world = await movedWorld();
    await settleMoved(world);
    expect(usedNames(world)).toContain(oldPool);
    world.now = new Date(world.now.getTime() + hour);
    await settleMoved(world);
    expect(usedNames(world)).not.toContain(oldPool);
    expect(usedNames(world)).toContain(poolPath(moved));
  });

  it.each<[string, (world: MemoryWorld) => void]>([
    [
      'a binding',
      (world) =>
        setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] }),
    ],
    ['an account that cannot be read', (world) => world.denied.add(readerPolicy)],
    [
      'a config that names it',
      (world) =>
        world.parameters.set('us-east-1 /google-access/a/b/c', {
          value: JSON.stringify({
            type: 'external_account',
            audience: `//iam.googleapis.com/${oldPool}/providers/x`,
          }),
          description: '',
        }),
    ],
  ])('not before: %s', async (_, change) => {
    const world = await movedWorld();
    await settleMoved(world);
    world.now = new Date(world.now.getTime() + hour);
    change(world);
    await runSweep(world, moved);
    expect(usedNames(world)).toContain(oldPool);
  });

  it('not while the ledger lists a binding in it, even if another deployment owns it by now', async () => {
    const world = await movedWorld();
    world.ownerships.set(oldPool, { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    for (const _ of [1, 2]) {
      await settleMoved(world);
      world.now = new Date(world.now.getTime() + hour);
    }
    expect(usedNames(world)).toContain(oldPool);
    // Its owner removes our member.
    setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [newMember] }] });
    await settleMoved(world);
    await settleMoved(world);
    expect(entriesOf(world).map((entry) => entry.member)).toEqual([newMember]);
    expect(usedNames(world)).not.toContain(oldPool);
  });
});
