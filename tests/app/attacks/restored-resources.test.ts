import { memberOf } from '../../../shared/core/member.ts';
import type { AllowRule, Settings } from '../../../shared/core/settings.ts';
import { bucket, bucketWorld, eve, viewer } from '../../support/bucket-world.ts';
import { deleteRole, type MemoryWorld, setPolicy } from '../../support/memory.ts';
import { reports, roleRef, settings } from '../../support/settings.ts';
import { runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { entriesOf } from '../../support/table.ts';
import { bindingsOf, member, tagRole } from '../../support/world.ts';

const other = 'buckets/acme-two';
const rule = { grant: viewer, on: [bucket, other], roles: ['app-*', 'reports'] } satisfies AllowRule;
const direct: Settings = { ...settings, allow: [{ ...rule, clientProject: 'acme-data' }] };
/** The rule names the other bucket alone. */
const without: Settings = {
  ...settings,
  allow: [{ ...rule, on: [other], clientProject: 'acme-data' }],
};
const day = 24 * 60 * 60 * 1000;
const bound = { bindings: [{ role: viewer, members: [...eve.members, member] }] };

const grantedWorld = async (): Promise<MemoryWorld> => {
  const world = bucketWorld();
  world.owners.set(other, '111');
  setPolicy(world, other, { bindings: [eve] });
  tagRole(world, { 'google-access/in': `${viewer} on ${bucket}` });
  tagRole(world, { 'google-access/in': `${viewer} on ${other}` }, 'app-two');
  await settleAll(world, direct);
  return world;
};
const sweepAfter = async (world: MemoryWorld, days: number, using = without): Promise<void> => {
  world.now = new Date(world.now.getTime() + days * day);
  await settleAll(world, using);
};
const isWatched = ({ table }: MemoryWorld): boolean =>
  [...table.keys()].some((key) => key.startsWith('scope site#') && key.endsWith(bucket));

describe('invariant 9: a resource that is gone, and whose rule was removed', () => {
  it('is watched while Google can restore it with our members, and they are removed', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    await settleAll(world, without);
    await sweepAfter(world, 1);
    expect(entriesOf(world)).toEqual([]);
    await sweepAfter(world, 88);
    setPolicy(world, bucket, bound);
    await settleAll(world, without);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('is also watched if strangers take its name before a sweep notices that it is gone', async () => {
    const world = await grantedWorld();
    world.owners.set(bucket, '999');
    setPolicy(world, bucket, { bindings: [eve] });
    await settleAll(world, without);
    for (let sweep = 0; sweep < 2; sweep += 1) await sweepAfter(world, 1);
    expect(entriesOf(world)).toEqual([]);
    world.owners.set(bucket, '111');
    setPolicy(world, bucket, bound);
    await sweepAfter(world, 1);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('leaves the scope 92 days after strangers took its name', async () => {
    const world = await grantedWorld();
    world.owners.set(bucket, '999');
    setPolicy(world, bucket, { bindings: [eve] });
    await settleAll(world, without);
    for (const days of [1, 1, 89]) await sweepAfter(world, days);
    expect(isWatched(world)).toBe(true);
    await sweepAfter(world, 1);
    expect(isWatched(world)).toBe(false);
  });

  it('leaves the scope after that, and so does the note', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    await settleAll(world, without);
    for (let sweep = 0; sweep < 3; sweep += 1) await sweepAfter(world, 30);
    expect(isWatched(world)).toBe(true);
    await sweepAfter(world, 3);
    expect(isWatched(world)).toBe(false);
    expect([...world.table.keys()].filter((key) => key.includes(bucket))).toEqual([]);
  });

  it('is watched from the last time it was gone', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    await settleAll(world, without);
    await sweepAfter(world, 80);
    // It is restored, and deleted again before reconcile has removed the member.
    setPolicy(world, bucket, bound);
    await runSweep(world, without);
    world.policies.delete(bucket);
    await sweepAfter(world, 0);
    await sweepAfter(world, 20);
    expect(isWatched(world)).toBe(true);
  });

  it('keeps its pool in the scope, because its members come back with it', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    await settleAll(world, without);
    const moved: Settings = { ...without, google: { ...without.google, pool: 'aws-next' } };
    await sweepAfter(world, 1, moved);
    await sweepAfter(world, 40, moved);
    setPolicy(world, bucket, bound);
    await sweepAfter(world, 1, moved);
    expect(bindingsOf(world, bucket)).toEqual([eve]);
  });

  it('stays in the scope if the note cannot be written', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    deleteRole(world, reports);
    world.before = (call) => {
      if (call.startsWith('PutItem sweep gone#')) throw new Error('503.');
    };
    const { blindSpots } = await runSweep(world, without);
    expect(blindSpots.map(({ what }) => what)).toContain('that resources are gone, for later');
    await runRepair(world, without);
    expect(isWatched(world)).toBe(true);
  });
});

describe('a resource that someone re-created with the members that it had', () => {
  it('is left alone after its site has left: its members belong to people, and stay', async () => {
    const world = await grantedWorld();
    world.policies.delete(bucket);
    await settleAll(world, without);
    for (let sweep = 0; sweep < 4; sweep += 1) await sweepAfter(world, 31);
    const byHand = memberOf(settings, roleRef('app-old'));
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [member, byHand] }] });
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [member, byHand] }]);
  });
});
