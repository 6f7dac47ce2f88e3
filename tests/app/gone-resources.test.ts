import type { Settings } from '../../shared/core/settings.ts';
import { asked, bucket, bucketRule, bucketWorld, direct, tagFor, viewer } from '../support/bucket-world.ts';
import { setPolicy } from '../support/memory.ts';

import { settings } from '../support/settings.ts';
import { runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { tagRole } from '../support/world.ts';

describe('a resource that is gone', () => {
  const second = 'buckets/acme-two';
  const both: Settings = { ...direct, allow: [...settings.allow, { ...bucketRule, on: [bucket, second] }] };

  it.each([
    ['and another one answers: its entries leave the ledger', true],
    ['and no other one answers: nothing is concluded', false],
  ])('%s', async (_, isAnswered) => {
    const world = bucketWorld();
    setPolicy(world, second, {});
    tagRole(world, { 'google-access/in': asked, 'google-access/two': `${viewer} on ${second}` });
    await settleAll(world, both);
    world.policies.delete(bucket);
    if (!isAnswered) world.denied.add(second);
    tagRole(world, isAnswered ? { 'google-access/two': `${viewer} on ${second}` } : {});
    await settleAll(world, both);
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    await settleAll(world, both);
    expect(entriesOf(world).map(({ resource }) => resource)).toEqual(
      isAnswered ? [second] : [bucket, second],
    );
    expect((await runSweep(world, both)).blindSpots.length > 0).toBe(!isAnswered);
  });
});

describe('a resource that is gone, among others that are gone', () => {
  it('leaves the ledger: the others are not used to check whether Google answers', async () => {
    const dead = ['buckets/acme-a', 'buckets/acme-b', 'buckets/acme-c'];
    const [first = '', ...rest] = dead;
    const using: Settings = { ...direct, allow: [{ ...bucketRule, on: [first, ...rest, bucket] }] };
    const world = bucketWorld();
    for (const name of dead) setPolicy(world, name, {});
    tagRole(
      world,
      Object.fromEntries(dead.map((on, grant) => [`google-access/g${grant}`, `${viewer} on ${on}`])),
    );
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    await settleAll(world, using);
    expect(entriesOf(world)).toHaveLength(dead.length);
    for (const name of dead) world.policies.delete(name);
    tagRole(world, {});
    for (let sweep = 0; sweep < 2; sweep += 1) {
      world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
      await settleAll(world, using);
    }
    expect(entriesOf(world)).toEqual([]);
    expect((await runSweep(world, using)).drifts).toEqual([]);
  });

  it('leaves the ledger even if no tag has requested the others for a long time', async () => {
    const dead = ['buckets/acme-a', 'buckets/acme-b', 'buckets/acme-c', 'buckets/acme-d'];
    const [first = '', ...rest] = dead;
    const using: Settings = { ...direct, allow: [{ ...bucketRule, on: [first, ...rest, bucket] }] };
    const world = bucketWorld();
    setPolicy(world, 'buckets/acme-d', {});
    tagFor(world, `${viewer} on buckets/acme-d`);
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    await settleAll(world, using);
    expect(entriesOf(world)).toHaveLength(1);
    world.policies.delete('buckets/acme-d');
    tagRole(world, {});
    world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
    await settleAll(world, using);
    expect(entriesOf(world)).toEqual([]);
  });
});
