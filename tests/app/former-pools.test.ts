import { reconcile } from '../../shared/app/reconcile.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { type MemoryWorld, memoryPorts, setPolicy } from '../support/memory.ts';
import { types } from '../support/memory-world.ts';
import { request } from '../support/reconciling.ts';
import { reader, settings } from '../support/settings.ts';
import {
  bindings,
  foreign,
  member,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  user,
  world,
} from '../support/sweeping.ts';
import { entriesOf, usedNames } from '../support/table.ts';

const oldPool = poolPath(settings);
const moved: Settings = { ...settings, google: { ...settings.google, pool: 'new-roles' } };
const newMember = member.replace('aws-roles', 'new-roles');
const hour = 60 * 60 * 1000;

/** A role that was bound in one pool; then rolebridge.yml named another one. */
const movedWorld = async (): Promise<MemoryWorld> => {
  const made = world();
  tag(made, reader);
  await settleAll(made);
  made.now = new Date(made.now.getTime() + hour);
  return made;
};
const settleMoved = async (made: MemoryWorld) => {
  const report = await run(made, moved);
  await repair(made, moved);
  return report;
};

describe('invariant 1: our members in a pool that an earlier file named', () => {
  it('move to the new pool with the next sweep, and so do their configs', async () => {
    const made = await movedWorld();
    await settleMoved(made);
    expect(bindings(made, readerPolicy)).toEqual([{ ...foreign, members: [...foreign.members, newMember] }]);
    expect(entriesOf(made).map((entry) => entry.member)).toEqual([newMember]);
    for (const { value } of made.parameters.values())
      expect(value).toContain('workloadIdentityPools/new-roles/');
  });

  it('are removed if no tag asks for them any more', async () => {
    const made = await movedWorld();
    made.roles.clear();
    await settleMoved(made);
    expect(bindings(made, readerPolicy)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
    expect(entriesOf(made)).toEqual([]);
    expect(types(made)).toEqual(['Revoked']);
  });

  it('are removed by an event, too: reconcile reads the pools of the scope itself', async () => {
    const made = await movedWorld();
    made.roles.clear();
    await reconcile(moved, memoryPorts(made), [request('reports', { resources: [readerPolicy] })]);
    expect(bindings(made, readerPolicy)).toEqual([foreign]);
  });

  it('stay if the pool has another owner by now, and so does what the ledger lists', async () => {
    const made = await movedWorld();
    made.ownerships.set(oldPool, { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    made.roles.clear();
    const { blindSpots } = await settleMoved(made);
    expect(blindSpots).toMatchObject([{ what: 'the owner of pool aws-roles', reason: 'theirs' }]);
    expect(bindings(made, readerPolicy)).toContainEqual({
      ...foreign,
      members: [...foreign.members, member],
    });
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('of a pool without a proven owner are removed only if the ledger lists them', async () => {
    const made = await movedWorld();
    made.ownerships.set(oldPool, { kind: 'unproven', reason: 'no marker' });
    const stranger = member.replace('assumed-role/reports', 'assumed-role/stranger');
    setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [member, stranger] }] });
    made.roles.clear();
    await settleMoved(made);
    expect(bindings(made, readerPolicy)).toEqual([{ role: user, members: [stranger] }]);
  });

  it('of a pool that Google does not know any more are removed, if Google answered for the new one', async () => {
    const made = await movedWorld();
    made.ownerships.set(oldPool, { kind: 'unproven', reason: 'no pool', isNotFound: true });
    const stranger = member.replace('assumed-role/reports', 'assumed-role/stranger');
    setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [stranger] }] });
    made.ownership = { kind: 'unproven', reason: 'no pool', isNotFound: true };
    await settleMoved(made);
    expect(bindings(made, readerPolicy)[0]?.members).toContain(stranger);
    made.ownership = { kind: 'ours' };
    await settleMoved(made);
    expect(bindings(made, readerPolicy)[0]?.members).not.toContain(stranger);
  });

  it('that only the ledger lists, in a pool that nothing names, count as bound while the policy holds them', async () => {
    const made = await movedWorld();
    for (const [key, item] of made.table) if (item.sk === `pool#${oldPool}`) made.table.delete(key);
    made.roles.clear();
    await settleMoved(made);
    expect(bindings(made, readerPolicy)).toEqual([foreign]);
    expect(entriesOf(made)).toEqual([]);
  });

  it('if the pools of the scope cannot be read, nothing is changed and the message comes back', async () => {
    const made = world();
    tag(made, reader);
    made.before = (call) => {
      if (call.startsWith('Query')) throw new PermanentError('no Query');
    };
    const [report] = await reconcile(settings, memoryPorts(made), [request('reports')]);
    expect(report?.outcomes).toMatchObject([{ type: 'Failed', detail: { reason: 'no Query' } }]);
    expect(bindings(made, readerPolicy)).toEqual([foreign]);
  });
});

describe('invariant 9: a pool leaves the scope', () => {
  it('an hour after it was dropped, once nothing of ours is left in it', async () => {
    const made = await movedWorld();
    await settleMoved(made);
    expect(usedNames(made)).toContain(oldPool);
    made.now = new Date(made.now.getTime() + hour);
    await settleMoved(made);
    expect(usedNames(made)).not.toContain(oldPool);
    expect(usedNames(made)).toContain(poolPath(moved));
  });

  it.each<[string, (made: MemoryWorld) => void]>([
    ['a binding', (made) => setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [member] }] })],
    ['an account that cannot be read', (made) => made.denied.add(readerPolicy)],
    [
      'a config that names it',
      (made) =>
        made.parameters.set('us-east-1 /google-access/a/b/c', {
          value: JSON.stringify({
            type: 'external_account',
            audience: `//iam.googleapis.com/${oldPool}/providers/x`,
          }),
          description: '',
        }),
    ],
  ])('not before: %s', async (_, change) => {
    const made = await movedWorld();
    await settleMoved(made);
    made.now = new Date(made.now.getTime() + hour);
    change(made);
    await run(made, moved);
    expect(usedNames(made)).toContain(oldPool);
  });

  it('not while the ledger lists a binding in it, even if another deployment owns it by now', async () => {
    const made = await movedWorld();
    made.ownerships.set(oldPool, { kind: 'another', owner: '999999999999/prod', reason: 'theirs' });
    for (const _ of [1, 2]) {
      await settleMoved(made);
      made.now = new Date(made.now.getTime() + hour);
    }
    expect(usedNames(made)).toContain(oldPool);
    // Its owner removes our member.
    setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [newMember] }] });
    await settleMoved(made);
    await settleMoved(made);
    expect(entriesOf(made).map((entry) => entry.member)).toEqual([newMember]);
    expect(usedNames(made)).not.toContain(oldPool);
  });
});
