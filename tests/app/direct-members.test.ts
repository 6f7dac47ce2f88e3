import { usedLists } from '../../shared/core/adopt.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
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
import { deleteRole, type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { roleRef, settings } from '../support/settings.ts';
import { runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { bindingsOf, member, tagRole } from '../support/world.ts';

const other = memberOf(settings, roleRef('app-old'));
const late = memberOf(settings, roleRef('app-late'));

/** Members on the list that the site's entry names. */
const inheritedIn = ({ table }: MemoryWorld): readonly string[] => {
  const view = readTable([...table.values()]);
  return usedLists(view).flatMap(({ open }) => open);
};

describe('members that were bound by hand', () => {
  const byHand = [{ role: viewer, members: [...eve.members, other] }];

  it('stay when a rule is added over them, no matter what else is granted there', async () => {
    const world = bucketWorld(byHand);
    tagRole(world, {}, 'app-old');
    tagFor(world);
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
    await runReconcile(world, [requestFor('app-old')], direct);
    deleteRole(world, roleRef('app-old'));
    await runReconcile(world, [requestFor('app-old')], direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('are ours once their role has a tag for the same access, and are then removed with it', async () => {
    const world = bucketWorld(byHand);
    tagFor(world);
    await settleAll(world, direct);
    tagRole(world, { 'google-access/in': asked }, 'app-old');
    await settleAll(world, direct);
    tagRole(world, {}, 'app-old');
    await runReconcile(world, [requestFor('app-old')], direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('stay while the Google role that a tag of their role asks for cannot be read', async () => {
    const spelled = memberOf(settings, roleRef('APP-old'));
    const before = [{ role: viewer, members: [...eve.members, other, spelled] }];
    const world = bucketWorld(before);
    world.googleRoles.set(viewer, { kind: 'unreadable', reason: '503.' });
    tagRole(world, { 'google-access/in': asked }, 'app-old');
    await runReconcile(world, [requestFor('app-old')], direct);
    await runSweep(world, direct);
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual(before);
    tagRole(world, {}, 'app-old');
    await runReconcile(world, [requestFor('app-old')], direct);
    expect(bindingsOf(world, bucket)).toEqual(before);
  });

  it('are not mistaken for ours when the ledger is lost; members that had become ours still count as ours', async () => {
    const world = bucketWorld(byHand);
    const third = memberOf(settings, roleRef('app-third'));
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [...eve.members, other, third] }] });
    tagFor(world);
    tagRole(world, { 'google-access/in': asked }, 'app-third');
    await settleAll(world, direct);
    await runSweep(world, direct);
    for (const key of world.table.keys()) if (key.startsWith('role#')) world.table.delete(key);
    tagRole(world, {}, 'app-third');
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('enter their site when a tag takes them over, so that later members are seen', async () => {
    const world = bucketWorld([{ role: viewer, members: [...eve.members, member] }]);
    tagFor(world);
    await settleAll(world, direct);
    setPolicy(world, bucket, { bindings: [{ role: viewer, members: [...eve.members, member, other] }] });
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, member] }]);
  });

  it('stay under Google roles that no rule names', async () => {
    const legacy = { role: 'roles/storage.legacyBucketReader', members: [member] };
    const world = bucketWorld([...byHand, legacy]);
    tagFor(world);
    await settleAll(world, direct);
    tagRole(world, {});
    await runReconcile(world, [requestFor()], direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([...byHand, legacy]);
  });

  it('stay when the rule returns after it was drained', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, direct);
    // Without the rule, the access ends, and the sweep forgets the site after an hour.
    for (let sweep = 0; sweep < 4; sweep += 1) {
      await runSweep(world);
      await runRepair(world);
      world.now = new Date(world.now.getTime() + 45 * 60 * 1000);
    }
    expect(bindingsOf(world, bucket)).toEqual([eve]);
    expect([...world.table.keys()].filter((key) => key.includes(bucket))).toEqual([]);
    setPolicy(world, bucket, { bindings: byHand });
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay if they are bound while their site is entered', async () => {
    const world = bucketWorld();
    tagRole(world, {}, 'app-old');
    tagFor(world);
    world.before = (call) => {
      if (call.startsWith('PutItem scope site#')) {
        world.before = () => undefined;
        setPolicy(world, bucket, { bindings: byHand });
      }
    };
    await settleAll(world, direct);
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it.each([
    ['their list', 'PutItem scope inherited#'],
    ['the policy, after the site', `getIamPolicy ${bucket}`],
  ])('stay if %s could not be reached, and the next event completes it', async (_, refused) => {
    const world = bucketWorld(byHand);
    tagRole(world, {}, 'app-old');
    tagFor(world);
    world.before = (call) => {
      const isEntered = [...world.table.keys()].some((key) => key.startsWith('scope site#'));
      if (isEntered && call.startsWith(refused)) throw unavailable(call);
    };
    await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    world.before = () => undefined;
    await settleAll(world, direct);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...eve.members, other, member, late] }],
    });
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay, and nothing is bound, if the entry of the site cannot be read', async () => {
    const world = bucketWorld(byHand);
    tagFor(world);
    const [pk, sk] = ['scope', `site#${asked}`];
    world.table.set(`${pk} ${sk}`, { pk, sk, revision: 'r', body: '{"version":2}' });
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('not one that this version of rolebridge can read') },
    ]);
  });

  it('stay if strangers take the bucket while it is entered', async () => {
    const world = bucketWorld(byHand);
    tagFor(world);
    world.after = (call) => {
      if (call.startsWith('PutItem scope site#')) world.owners.set(bucket, '999');
    };
    await runReconcile(world, [requestFor('reports', { delivery: 'last' })], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(takeOutcomes(world)).toMatchObject([
      { type: 'Failed', reason: expect.stringContaining('belongs to project number 999 now') },
    ]);
  });

  it('are not taken by two functions that enter the site at the same time', async () => {
    const world = bucketWorld(byHand);
    tagRole(world, { 'google-access/in': asked }, 'app-two');
    tagFor(world);
    let isFirst = true;
    world.after = async (call) => {
      if (!isFirst || !call.startsWith('PutItem scope site#')) return;
      isFirst = false;
      await runReconcile(world, [requestFor('app-two')], direct);
    };
    await runReconcile(world, [requestFor()], direct);
    expect(inheritedIn(world)).toEqual([other]);
    await settleAll(world, direct);
    tagRole(world, {}, 'app-two');
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay, and nothing is bound, if others write the entry of the site again and again', async () => {
    const world = bucketWorld(byHand);
    tagFor(world);
    let writes = 0;
    world.before = (call) => {
      const item = world.table.get(`scope site#${asked}`);
      if (!call.startsWith('PutItem scope site#') || item === undefined) return;
      writes += 1;
      if (writes > 100) throw new Error('There is no end.');
      world.table.set(`scope site#${asked}`, { ...item, revision: `others-${writes}` });
    };
    const [report] = await runReconcile(world, [requestFor()], direct);
    expect(bindingsOf(world, bucket)).toEqual(byHand);
    expect(report?.retry?.message).toContain(`Others wrote the ledger's item of ${asked} 10 times`);
    world.before = () => undefined;
    await settleAll(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });

  it('stay even if a forged drift releases them', async () => {
    const world = bucketWorld(byHand);
    tagFor(world);
    tagRole(world, {}, 'app-old');
    await settleAll(world, direct);
    world.drifts.push({
      version: 1,
      id: 'forged',
      role: roleRef('app-old'),
      changes: [],
      resources: [bucket],
      strays: [],
      released: [asked],
      mayLeave: [asked],
      absent: [],
      at: world.now.toISOString(),
    });
    await runRepair(world, direct);
    expect(bindingsOf(world, bucket)).toEqual([{ role: viewer, members: [...eve.members, other, member] }]);
  });
});

describe('members of a pool that the file names later', () => {
  const next: Settings = { ...direct, google: { ...direct.google, pool: 'aws-next' } };
  const [oldInNext, mineInNext, lateInNext] = ['app-old', 'reports', 'app-late'].map((name) =>
    memberOf(next, roleRef(name)),
  );
  const membersIn = (world: MemoryWorld) => bindingsOf(world, bucket).flatMap(({ members }) => members);
  const hours = async (world: MemoryWorld, using: Settings, count: number): Promise<void> => {
    for (let sweep = 0; sweep < count; sweep += 1) {
      world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
      await settleAll(world, using);
    }
  };

  it.each([
    ['bound before the site was used', true],
    ['bound after that', false],
  ])('stay if they were %s', async (_, isEarly) => {
    const world = bucketWorld();
    const foreign = { bindings: [{ role: viewer, members: [...eve.members, oldInNext ?? ''] }] };
    if (isEarly) setPolicy(world, bucket, foreign);
    tagFor(world);
    await settleAll(world, direct);
    if (!isEarly)
      setPolicy(world, bucket, {
        bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
      });
    await settleAll(world, next);
    await settleAll(world, next);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
    // From then on, the pool has been used there.
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), lateInNext ?? ''] }],
    });
    await settleAll(world, next);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  it('stay beside those that a person keeps', async () => {
    const world = bucketWorld([{ role: viewer, members: [...eve.members, other] }]);
    tagFor(world);
    await settleAll(world, direct);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await settleAll(world, next);
    await settleAll(world, next);
    expect(new Set(inheritedIn(world))).toEqual(new Set([other, oldInNext]));
    expect(membersIn(world)).toEqual(expect.arrayContaining([other, oldInNext, mineInNext]));
  });

  it('stay if the pool comes back after it had left', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, next);
    await hours(world, direct, 4);
    expect([...world.table.keys()].filter((key) => key.includes('aws-next'))).toEqual([]);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await hours(world, next, 3);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  const isInScope = ({ table }: MemoryWorld): boolean =>
    [...table.keys()].some((key) => key.startsWith('scope pool#') && key.endsWith('aws-next'));

  it('stay if the pool comes back before the sweep after the one with which it left', async () => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, next);
    while (isInScope(world)) await hours(world, direct, 1);
    setPolicy(world, bucket, {
      bindings: [{ role: viewer, members: [...membersIn(world), oldInNext ?? ''] }],
    });
    await hours(world, next, 3);
    expect(new Set(membersIn(world))).toEqual(new Set([...eve.members, oldInNext, mineInNext]));
  });

  it.each([
    [
      'someone else writes',
      (world: MemoryWorld, key: string) => {
        const item = world.table.get(key);
        if (item !== undefined) world.table.set(key, { ...item, revision: `others-${world.now.getTime()}` });
      },
    ],
    [
      'the sweep cannot write',
      (_: MemoryWorld, key: string) => {
        throw unavailable(key);
      },
    ],
  ])('keep their pool in the scope while %s the entry of the site', async (_, write) => {
    const world = bucketWorld();
    tagFor(world);
    await settleAll(world, next);
    world.before = (call) => {
      if (call === `PutItem scope site#${asked}`) write(world, call.slice('PutItem '.length));
    };
    await hours(world, direct, 6);
    expect(isInScope(world)).toBe(true);
    world.before = () => undefined;
    await hours(world, direct, 2);
    expect(isInScope(world)).toBe(false);
    expect([...world.table.values()].filter(({ body }) => body.includes('aws-next'))).toEqual([]);
  });
});
