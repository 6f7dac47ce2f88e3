import {
  everythingOfOurs,
  isProven,
  leftTable,
  restorableResources,
  takeAway,
  unprovenOf,
} from '../../shared/app/revoke-all.ts';
import { memberOf } from '../../shared/core/member.ts';
import { readScope } from '../../shared/core/scope.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { StoredItem } from '../../shared/core/table-item.ts';
import { asked, bucket, bucketRule, bucketWorld, direct, eve, viewer } from '../support/bucket-world.ts';
import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setPolicy,
  unavailable,
} from '../support/memory.ts';
import { roleRef, settings } from '../support/settings.ts';
import { settleAll } from '../support/sweeping.ts';
import { bindingsOf, member, tagRole } from '../support/world.ts';

const byHand = memberOf(settings, roleRef('app-old'));

const granted = async (): Promise<MemoryWorld> => {
  const world = bucketWorld([{ role: viewer, members: [...eve.members, byHand] }]);
  tagRole(world, { 'google-access/in': asked });
  await settleAll(world, direct);
  return world;
};
const membersIn = (world: MemoryWorld) => bindingsOf(world, bucket).flatMap(({ members }) => members);

/** The tables of a removed stack, as a command reads them. */
const keptIn = (world: MemoryWorld): readonly StoredItem[] =>
  [...world.table.values()].filter(({ pk }) => pk === 'scope');

const revokeWithoutStack = async (world: MemoryWorld, kept: readonly StoredItem[]) => {
  const left = leftTable(() => Promise.resolve(kept));
  const look = () =>
    everythingOfOurs(direct, { ...memorySweepPorts(world), table: left }, { hasLedger: false });
  const { drifted } = await look();
  const ports = { ...memoryPorts(world), table: left, scope: () => readScope(left.list) };
  await takeAway(direct, ports, drifted);
  return look();
};

const hour = 60 * 60 * 1000;

it('names a deleted resource that Google can restore with our member, for 92 days', async () => {
  const other = 'buckets/acme-out';
  const using: Settings = { ...direct, allow: [...direct.allow, { ...bucketRule, on: [other] }] };
  const world = await granted();
  world.owners.set(other, '111');
  setPolicy(world, other, {});
  tagRole(world, { 'google-access/in': `${viewer} on ${other}` }, 'app-two');
  await settleAll(world, using);
  world.policies.delete(bucket);
  world.now = new Date(world.now.getTime() + hour);
  await settleAll(world, using);
  const goneAt = world.now.toISOString();
  tagRole(world, {});
  tagRole(world, {}, 'app-two');
  world.now = new Date(world.now.getTime() + hour);
  await settleAll(world, using);
  const look = () => everythingOfOurs(using, memorySweepPorts(world));
  const found = await look();
  expect(isProven(found)).toBe(true);
  expect(restorableResources(found)).toEqual([{ resource: bucket, goneAt }]);
  world.now = new Date(Date.parse(goneAt) + 92 * 24 * hour);
  expect(restorableResources(await look())).toEqual([]);
});

describe('direct access, revoked without a stack', () => {
  it('ends according to the lists in the kept table, and members that were there before stay', async () => {
    const world = await granted();
    expect(isProven(await revokeWithoutStack(world, keptIn(world)))).toBe(true);
    expect(membersIn(world)).toEqual(['user:eve@example.com', byHand]);
  });

  it.each([
    ['without a table', []],
    ['with a table that lacks the site', ['pool', 'project', 'initialized']],
  ])('%s: is not proven, and the members are named', async (_, kinds) => {
    const world = await granted();
    const kept = keptIn(world).filter(({ sk }) => kinds.includes(sk.split('#')[0] ?? ''));
    const found = await revokeWithoutStack(world, kept);
    expect(membersIn(world)).toContain(member);
    expect(unprovenOf(found)).toEqual([
      {
        what: asked,
        reason:
          'Bound there: role app-old of account 111122223333, role reports of account 111122223333. No table lists which of that rolebridge bound. Remove by hand what no one needs.',
      },
    ]);
    setPolicy(world, bucket, {});
    expect(isProven(await revokeWithoutStack(world, kept))).toBe(true);
  });

  it('without a table, a policy that cannot be read is not proven', async () => {
    const world = await granted();
    world.before = (call) => {
      if (call === `getIamPolicy ${bucket}`) throw unavailable(call);
    };
    expect(unprovenOf(await revokeWithoutStack(world, []))).toMatchObject([
      { what: expect.stringContaining('acme-in') },
    ]);
  });
});
