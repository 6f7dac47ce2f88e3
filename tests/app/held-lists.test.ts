import fc from 'fast-check';
import { readHeldLists, writeHeldList } from '../../shared/core/held-list.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import { accessKey, revocationsHash } from '../../shared/core/revocation-limit.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { deleteRole, type MemoryWorld, setPolicy, unavailable } from '../support/memory.ts';
import { accountId, reader, roleRef, settings, writer } from '../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { alice, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { bindingsOf, createWorld, parameterPlaces, sharedBinding, tagRole } from '../support/world.ts';

const other = '444455556666';
const limited: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
const names = ['app-a', 'app-b', 'app-c'];
const hour = 60 * 60 * 1000;
const pass = (world: MemoryWorld, milliseconds: number) => {
  world.now = new Date(world.now.getTime() + milliseconds);
};
const boundNames = (world: MemoryWorld, policy = readerPolicy, account = accountId) =>
  bindingsOf(world, policy)
    .flatMap(({ members }) => members)
    .flatMap((member) => {
      const [, found, name] = /assumed-role\/()(.+)$/.exec(member) ?? [];
      return found === undefined || name === undefined || !member.includes(`::${account}:`) ? [] : [name];
    })
    .toSorted();

/** Three roles with access; then their tags disappear without an event. */
const untagged = async (): Promise<MemoryWorld> => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  for (const name of names) tagRole(world, { 'google-access': reader }, name);
  await settleAll(world, limited);
  for (const name of names) tagRole(world, {}, name);
  return world;
};
const heldItems = (world: MemoryWorld) =>
  [...world.table.values()].filter(({ pk, sk }) => pk.startsWith('held#') && sk !== 'now');
const listsOf = (world: MemoryWorld) => [...readHeldLists(heldItems(world)).lists.values()];
const hold = async (world: MemoryWorld): Promise<string> =>
  (await runSweep(world, limited)).limits[0]?.hash ?? '';
const approveAndRepair = async (world: MemoryWorld, hash: string) => {
  world.drifts.length = 0;
  const report = await runSweep(world, limited, hash);
  await runRepair(world, limited);
  return report;
};

describe('invariant 8: the revocations that count', () => {
  it('26 planted parameters that name accounts no one can read delay no real revocation', async () => {
    const world = await untagged();
    tagRole(world, { 'google-access': reader }, 'app-c');
    for (let index = 0; index < 26; index += 1) {
      const email = `ghost-${index}@acme-data.iam.gserviceaccount.com`;
      world.denied.add(serviceAccountResource(email));
      world.parameters.set(`us-east-1 /google-access/zombie-${index}/default`, {
        value: configOf(email),
        description: '',
      });
      world.parameters.set(`us-east-1 /google-access/app-c/planted-${index}`, {
        value: configOf(email),
        description: '',
      });
    }
    expect((await runSweep(world, limited)).limits).toMatchObject([
      { kind: 'released', released: 2, held: 0 },
    ]);
    await runRepair(world, limited);
    expect(boundNames(world)).toEqual(['app-c']);
    expect(parameterPlaces(world).filter((place) => /zombie|planted/.test(place))).toEqual([]);
  });

  it('the last config of access that the ledger lists counts, even if its binding was removed by hand', async () => {
    const world = await untagged();
    // A rollback of the policies: the bindings are gone, the configs are not.
    setPolicy(world, readerPolicy, {});
    pass(world, hour);
    expect((await runSweep(world, limited)).limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await runRepair(world, limited);
    expect(parameterPlaces(world)).toHaveLength(6);
    await approveAndRepair(world, await hold(world));
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a config that a moved tag would overwrite counts, even if its account cannot be read', async () => {
    const world = await untagged();
    for (const name of names) tagRole(world, { 'google-access': writer }, name);
    world.denied.add(readerPolicy);
    expect((await runSweep(world, limited)).limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await runRepair(world, limited);
    for (const [, { value }] of world.parameters) expect(value).toContain(reader);
    expect(boundNames(world, writerPolicy)).toEqual(names);
  });

  it('copies do not count: a region that rolebridge.yml drops again loses its configs, and no access ends', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    await settleAll(world, limited);
    expect((await runSweep(world, { ...limited, regions: ['us-east-1'] })).limits).toEqual([]);
  });
});

describe('invariant 8: each AWS account by itself', () => {
  const foreign = (name: string): RoleRef => ({ ...roleRef(name), accountId: other });
  const twoAccounts = async () => {
    const world = await untagged();
    const members = ['x', 'y'].map((name) => memberOf(settings, foreign(name)));
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members }] });
    return world;
  };

  it('an account that exceeds the limit is held alone, and reported by name', async () => {
    const world = await twoAccounts();
    const { limits } = await runSweep(world, limited);
    expect(limits).toMatchObject([
      { accountId, kind: 'held', held: 3, released: 0 },
      { accountId: other, kind: 'released', held: 0, released: 2 },
    ]);
    expect(world.held.map((detail) => [detail.accountId, detail.count])).toEqual([[accountId, 3]]);
    await runRepair(world, limited);
    expect(boundNames(world)).toEqual(names);
    expect(boundNames(world, writerPolicy, other)).toEqual([]);
  });

  it('a list of roles that broke off concerns its own AWS account only', async () => {
    const world = await twoAccounts();
    world.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails') throw unavailable(call);
    };
    expect((await runSweep(world, limited)).limits).toMatchObject([
      { accountId, kind: 'incomplete', released: 0 },
      { accountId: other, kind: 'released', released: 2 },
    ]);
  });

  it('approving one list releases nothing of another AWS account', async () => {
    const world = await twoAccounts();
    const strict: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    const { limits } = await runSweep(world, strict);
    expect(limits.map(({ kind, held }) => [kind, held])).toEqual([
      ['held', 3],
      ['held', 2],
    ]);
    expect(new Set(limits.map(({ hash }) => hash)).size).toBe(2);
    const approved = await runSweep(world, strict, limits[1]?.hash);
    expect(approved.limits).toMatchObject([
      { accountId, kind: 'held', approved: 0, held: 3 },
      { accountId: other, kind: 'released', approved: 2, held: 0 },
    ]);
  });
});

describe('a held list', () => {
  it('is stored under its hash, once, and is approved by it', async () => {
    const world = await untagged();
    const hash = await hold(world);
    expect(listsOf(world)).toMatchObject([{ accountId, hash, revocations: { length: 3 } }]);
    const before = heldItems(world);
    await hold(world);
    expect(heldItems(world)).toEqual(before);
    const report = await approveAndRepair(world, hash);
    expect(report.limits).toMatchObject([{ kind: 'released', approved: 3 }]);
    expect(boundNames(world)).toEqual([]);
  });

  it('an approval is still valid when another role drifts: it releases what is on the list, and no more', async () => {
    const world = await untagged();
    const more = ['app-d', 'app-e', 'app-f'];
    for (const name of more) tagRole(world, { 'google-access': reader }, name);
    await runRepair(world, limited);
    await runSweep(world, limited);
    await runRepair(world, limited);
    const hash = await hold(world);
    for (const name of more) tagRole(world, {}, name);
    const report = await approveAndRepair(world, hash);
    expect(report.limits).toMatchObject([{ kind: 'held', approved: 3, released: 3, held: 3 }]);
    expect(boundNames(world)).toEqual(more);
    expect(world.held.at(-1)?.revocations.map(({ role }) => role.roleName)).toEqual(more);
  });

  it('revocations that are no longer due are not made: a role that was tagged again, or changed since', async () => {
    const world = await untagged();
    const hash = await hold(world);
    tagRole(world, { 'google-access': reader }, 'app-a');
    deleteRole(world, roleRef('app-b'));
    const report = await approveAndRepair(world, hash);
    expect(report.limits).toMatchObject([{ kind: 'released', approved: 1, released: 1 }]);
    expect(boundNames(world)).toEqual(['app-a']);
  });

  it('is released for an hour: by each sweep within it, and by none after', async () => {
    const world = await untagged();
    const hash = await hold(world);
    await runSweep(world, limited, hash);
    world.drifts.length = 0;
    pass(world, hour - 1);
    const within = await runSweep(world, limited);
    expect(within.limits).toMatchObject([{ kind: 'released', approved: 3 }]);
    // The outcomes name who approved it.
    expect(world.drifts.map(({ approved }) => approved)).toEqual(
      Array.from({ length: 3 }, () => [{ access: readerPolicy, answeredBy: alice }]),
    );
    world.drifts.length = 0;
    pass(world, 1);
    expect((await runSweep(world, limited)).limits).toMatchObject([
      { kind: 'held', approved: 0, held: 3, hash },
    ]);
    expect(world.drifts).toEqual([]);
    // It can be approved again.
    expect((await runSweep(world, limited, hash)).limits).toMatchObject([{ approved: 3 }]);
  });

  it('only the drifts of approved revocations name who approved them', async () => {
    const world = await untagged();
    const hash = await hold(world);
    tagRole(world, { 'google-access': writer }, 'app-new');
    world.drifts.length = 0;
    await runSweep(world, limited, hash);
    expect(world.drifts.map(({ role, approved }) => [role.roleName, approved?.[0]?.answeredBy])).toEqual([
      ['app-a', alice],
      ['app-b', alice],
      ['app-c', alice],
      ['app-new', undefined],
    ]);
  });

  it('that cannot be stored cannot be approved, and does not affect the rest of the sweep', async () => {
    const world = await untagged();
    tagRole(world, { 'google-access': writer }, 'app-new');
    world.before = (call) => {
      if (call.startsWith('PutItem held#')) throw unavailable('DynamoDB');
    };
    const report = await runSweep(world, limited);
    expect(report.limits[0]).toMatchObject({ kind: 'held', held: 3 });
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(report.blindSpots.map(({ what }) => what)).toContainEqual(
      expect.stringContaining(`held in AWS account ${accountId}`),
    );
    expect(world.held[0]).not.toHaveProperty('hash');
    expect(world.drifts.map(({ role }) => role.roleName)).toEqual(['app-new']);
    const id = world.held[0]?.id;
    await expect(runSweep(world, limited, id)).rejects.toThrow('No complete list');
    world.before = () => undefined;
    expect(await hold(world)).toBe(id);
  });

  it('whose table cannot be read is refused, and nothing is done', async () => {
    const world = await untagged();
    const hash = await hold(world);
    world.drifts.length = 0;
    world.before = (call) => {
      if (call === 'Scan') throw unavailable('DynamoDB');
    };
    await expect(runSweep(world, limited, hash)).rejects.toThrow("The ledger's table cannot be read");
    expect(world.drifts).toEqual([]);
    const report = await runSweep(world, limited);
    expect(report.limits[0]).not.toHaveProperty('hash');
  });

  const wide = Array.from({ length: 2000 }, (_, index) => ({
    role: roleRef(`wide-${index}`),
    access: `projects/acme-data/serviceAccounts/${'x'.repeat(400)}`,
  }));

  it('that an interrupted sweep stored in part is completed', async () => {
    const world = await untagged();
    const hash = await hold(world);
    const [item] = heldItems(world);
    if (item === undefined) throw new Error('nothing is held');
    // Split another way, by another version: the second half is missing.
    world.table.set(`${item.pk} ${item.sk}`, { ...item, body: item.body.replace('"parts":1', '"parts":3') });
    const rest = {
      ...item,
      sk: `${hash}#0003`,
      body: item.body.replace('"part":1,"parts":1', '"part":3,"parts":3'),
    };
    world.table.set(`${rest.pk} ${rest.sk}`, rest);
    expect(listsOf(world)).toEqual([]);
    await expect(runSweep(world, limited, hash)).rejects.toThrow('No complete list');
    expect(await hold(world)).toBe(hash);
    expect(listsOf(world)).toMatchObject([{ hash, revocations: { length: 3 } }]);
    expect(heldItems(world)).toHaveLength(1);
  });

  it('that another sweep stores at the same time is approvable if it is complete', async () => {
    const world = await untagged();
    world.before = async (call) => {
      if (!call.startsWith('PutItem held#')) return;
      world.before = () => undefined;
      await runSweep(world, limited);
    };
    expect((await runSweep(world, limited)).limits).toMatchObject([{ hash: expect.any(String) }]);
    world.table.clear();
    world.before = (call) => {
      if (call.startsWith('PutItem held#') && !call.endsWith(' now'))
        world.table.set(call.slice('PutItem '.length), {
          pk: `held#${accountId}`,
          sk: call.split(' ').at(-1) ?? '',
          revision: 'theirs',
          body: 'something else',
        });
    };
    const report = await runSweep(world, limited);
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(report.blindSpots).toContainEqual({
      what: expect.stringContaining('held in AWS account'),
      reason: 'Someone else writes it at the same time.',
    });
  });

  it('that someone garbled is a blind spot, and cannot be approved', async () => {
    const world = await untagged();
    const hash = await hold(world);
    for (const [key, item] of world.table)
      if (item.pk.startsWith('held#') && item.sk !== 'now')
        world.table.set(key, { ...item, body: '{"version":1,"revocations":[]}' });
    await expect(runSweep(world, limited, hash)).rejects.toThrow('No complete list');
    const report = await runSweep(world, limited);
    expect(report.blindSpots.map(({ what }) => what)).toContain(
      `the ledger's item held#${accountId} ${hash}#0001`,
    );
  });

  it('an approval that someone garbled approves nothing', async () => {
    const world = await untagged();
    const hash = await hold(world);
    const item = { pk: 'answer', sk: `approve#${hash}`, revision: 'r', body: '{}' };
    world.table.set(`${item.pk} ${item.sk}`, item);
    world.drifts.length = 0;
    const report = await runSweep(world, limited);
    expect(report.limits).toMatchObject([{ kind: 'held', approved: 0 }]);
    expect(report.blindSpots.map(({ what }) => what)).toContain(`the ledger's item answer approve#${hash}`);
  });

  it('is removed after thirty days, with its approval, unless it is still held', async () => {
    const world = await untagged();
    const hash = await hold(world);
    await runSweep(world, limited, hash);
    for (const item of writeHeldList(accountId, wide, world.now))
      world.table.set(`${item.pk} ${item.sk}`, { ...item, revision: 'w' });
    expect(heldItems(world).length).toBeGreaterThan(3);
    pass(world, 30 * 24 * hour);
    await runSweep(world, limited);
    expect(listsOf(world)).toHaveLength(2);
    pass(world, 1);
    await runSweep(world, limited);
    expect(listsOf(world)).toMatchObject([{ hash }]);
    expect([...world.table.keys()].filter((key) => key.startsWith('answer'))).toEqual([]);
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    await runSweep(world, limited);
    expect(listsOf(world)).toEqual([]);
  });

  it('is kept if it is one of the twenty newest of its AWS account, or the one that is held', async () => {
    const world = await untagged();
    for (let index = 0; index < 25; index += 1)
      for (const item of writeHeldList(
        accountId,
        wide.slice(index, index + 2),
        new Date(world.now.getTime() - index),
      ))
        world.table.set(`${item.pk} ${item.sk}`, { ...item, revision: `w-${index}` });
    const hash = await hold(world);
    const left = listsOf(world).map((list) => list.hash);
    expect(left).toHaveLength(21);
    expect(left).toContain(hash);
    expect(left).not.toContain(revocationsHash(wide.slice(24, 26)));
  });

  it('that is old and cannot be removed is a blind spot', async () => {
    const world = await untagged();
    const hash = await hold(world);
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    pass(world, 31 * 24 * hour);
    world.before = (call) => {
      if (call.startsWith('DeleteItem held#')) throw unavailable('DynamoDB');
    };
    const report = await runSweep(world, limited);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'old lists of held revocations, and what is held now',
    ]);
    expect(listsOf(world)).toMatchObject([{ hash }]);
  });

  it('is recorded for doctor while it is held, and no longer', async () => {
    const world = await untagged();
    const hash = await hold(world);
    const noted = () => JSON.parse(world.table.get(`held#${accountId} now`)?.body ?? '{}') as unknown;
    expect(noted()).toEqual({ version: 1, accountId, count: 3, limit: 2, hash, at: world.now.toISOString() });
    pass(world, hour);
    await hold(world);
    expect(noted()).toMatchObject({ at: world.now.toISOString() });
    for (const name of names) tagRole(world, { 'google-access': reader }, name);
    await hold(world);
    expect(noted()).toEqual({});
  });

  it('is reported in mode dry-run, and neither stored nor approvable', async () => {
    const world = await untagged();
    const report = await runSweep(world, { ...limited, mode: 'dry-run' });
    expect(report.limits[0]).toMatchObject({ kind: 'held', held: 3 });
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(heldItems(world)).toEqual([]);
    expect(world.held).toMatchObject([{ planned: true, count: 3 }]);
  });
});

it('invariant 8: in any world, a sweep ends at most the limit and what a person approved', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ name: fc.constantFrom(...'abcdefgh'), isListed: fc.boolean(), isBack: fc.boolean() }),
        { maxLength: 12 },
      ),
      fc.integer({ min: 0, max: 4 }),
      async (roles, maxRevocations) => {
        const using: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations } };
        const world = createWorld({ readerBindings: [sharedBinding] });
        for (const { name } of roles) tagRole(world, { 'google-access': reader }, `app-${name}`);
        await settleAll(world);
        const before = boundNames(world);
        for (const { name, isListed } of roles) if (isListed) tagRole(world, {}, `app-${name}`);
        const { limits } = await runSweep(world, using);
        await runRepair(world, using);
        const listed = new Set(listsOf(world).flatMap(({ revocations }) => revocations.map(accessKey)));
        for (const { name, isBack } of roles)
          if (isBack) tagRole(world, { 'google-access': reader }, `app-${name}`);
          else tagRole(world, {}, `app-${name}`);
        const bound = boundNames(world);
        expect(before.length - bound.length).toBeLessThanOrEqual(maxRevocations);
        await runSweep(world, using, limits[0]?.hash);
        await runRepair(world, using);
        const left = boundNames(world);
        const ended = bound.filter((name) => !left.includes(name));
        const unlisted = ended.filter((name) => !listed.has(`aws:${accountId}:${name} ${readerPolicy}`));
        expect(unlisted.length).toBeLessThanOrEqual(maxRevocations);
      },
    ),
    { numRuns: 60 },
  );
});
