import fc from 'fast-check';
import { readHeldLists, writeHeldList } from '../../shared/core/held-list.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import { accessKey, revocationsHash } from '../../shared/core/revocation-limit.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, setPolicy, setRole, unavailable } from '../support/memory.ts';
import { accountId, reader, roleRef, settings, writer } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import {
  alice,
  bindings,
  places,
  readerPolicy,
  repair,
  run,
  settleAll,
  tag,
  user,
  world,
  writerPolicy,
} from '../support/sweeping.ts';

const other = '444455556666';
const limited: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
const names = ['app-a', 'app-b', 'app-c'];
const hour = 60 * 60 * 1000;
const pass = (made: MemoryWorld, milliseconds: number) => {
  made.now = new Date(made.now.getTime() + milliseconds);
};
const boundNames = (made: MemoryWorld, policy = readerPolicy, account = accountId) =>
  bindings(made, policy)
    .flatMap(({ members }) => members)
    .flatMap((member) => {
      const [, found, name] = /assumed-role\/()(.+)$/.exec(member) ?? [];
      return found === undefined || name === undefined || !member.includes(`::${account}:`) ? [] : [name];
    })
    .toSorted();

/** Three roles with access; then their tags are gone without an event. */
const untagged = async (): Promise<MemoryWorld> => {
  const made = world();
  for (const name of names) tag(made, reader, name);
  await settleAll(made, limited);
  for (const name of names) setRole(made, roleRef(name), []);
  return made;
};
const heldItems = (made: MemoryWorld) =>
  [...made.table.values()].filter(({ pk, sk }) => pk.startsWith('held#') && sk !== 'now');
const listsOf = (made: MemoryWorld) => [...readHeldLists(heldItems(made)).lists.values()];
const hold = async (made: MemoryWorld): Promise<string> => (await run(made, limited)).limits[0]?.hash ?? '';
const approveAndRepair = async (made: MemoryWorld, hash: string) => {
  made.drifts.length = 0;
  const report = await run(made, limited, hash);
  await repair(made, limited);
  return report;
};

describe('invariant 8: what counts', () => {
  it('26 planted parameters that name accounts no one can read delay no real revocation', async () => {
    const made = await untagged();
    setRole(made, roleRef('app-c'), [{ key: 'google-access', value: reader }]);
    for (let index = 0; index < 26; index += 1) {
      const email = `ghost-${index}@acme-data.iam.gserviceaccount.com`;
      made.denied.add(serviceAccountResource(email));
      made.parameters.set(`us-east-1 /google-access/zombie-${index}/default`, {
        value: configOf(email),
        description: '',
      });
      made.parameters.set(`us-east-1 /google-access/app-c/planted-${index}`, {
        value: configOf(email),
        description: '',
      });
    }
    expect((await run(made, limited)).limits).toMatchObject([{ kind: 'released', released: 2, held: 0 }]);
    await repair(made, limited);
    expect(boundNames(made)).toEqual(['app-c']);
    expect(places(made).filter((place) => /zombie|planted/.test(place))).toEqual([]);
  });

  it('the last config of access that the ledger lists, though its binding was removed by hand', async () => {
    const made = await untagged();
    // A rollback of the policies: the bindings are gone, the configs are not.
    setPolicy(made, readerPolicy, {});
    pass(made, hour);
    expect((await run(made, limited)).limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await repair(made, limited);
    expect(places(made)).toHaveLength(6);
    await approveAndRepair(made, await hold(made));
    expect(places(made)).toEqual([]);
  });

  it('a config that a moved tag would overwrite, though its account cannot be read', async () => {
    const made = await untagged();
    for (const name of names) tag(made, writer, name);
    made.denied.add(readerPolicy);
    expect((await run(made, limited)).limits).toMatchObject([{ kind: 'held', held: 3 }]);
    await repair(made, limited);
    for (const [, { value }] of made.parameters) expect(value).toContain(reader);
    expect(boundNames(made, writerPolicy)).toEqual(names);
  });

  it('no copies: a region that rolebridge.yml lacks again loses its configs, and no access ends', async () => {
    const made = world();
    for (const name of names) tag(made, reader, name);
    await settleAll(made, limited);
    expect((await run(made, { ...limited, regions: ['us-east-1'] })).limits).toEqual([]);
  });
});

describe('invariant 8: each AWS account by itself', () => {
  const foreign = (name: string): RoleRef => ({ ...roleRef(name), accountId: other });
  const twoAccounts = async () => {
    const made = await untagged();
    const members = ['x', 'y'].map((name) => memberOf(settings, foreign(name)));
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members }] });
    return made;
  };

  it('one that exceeds the limit is held alone, and reported by name', async () => {
    const made = await twoAccounts();
    const { limits } = await run(made, limited);
    expect(limits).toMatchObject([
      { accountId, kind: 'held', held: 3, released: 0 },
      { accountId: other, kind: 'released', held: 0, released: 2 },
    ]);
    expect(made.held.map((detail) => [detail.accountId, detail.count])).toEqual([[accountId, 3]]);
    await repair(made, limited);
    expect(boundNames(made)).toEqual(names);
    expect(boundNames(made, writerPolicy, other)).toEqual([]);
  });

  it('a list of roles that broke off is the concern of its own AWS account', async () => {
    const made = await twoAccounts();
    made.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails') throw unavailable(call);
    };
    expect((await run(made, limited)).limits).toMatchObject([
      { accountId, kind: 'incomplete', released: 0 },
      { accountId: other, kind: 'released', released: 2 },
    ]);
  });

  it('approving one list releases nothing of another AWS account', async () => {
    const made = await twoAccounts();
    const strict: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    const { limits } = await run(made, strict);
    expect(limits.map(({ kind, held }) => [kind, held])).toEqual([
      ['held', 3],
      ['held', 2],
    ]);
    expect(new Set(limits.map(({ hash }) => hash)).size).toBe(2);
    const approved = await run(made, strict, limits[1]?.hash);
    expect(approved.limits).toMatchObject([
      { accountId, kind: 'held', approved: 0, held: 3 },
      { accountId: other, kind: 'released', approved: 2, held: 0 },
    ]);
  });
});

describe('a held list', () => {
  it('is stored under its hash, once, and is approved by it', async () => {
    const made = await untagged();
    const hash = await hold(made);
    expect(listsOf(made)).toMatchObject([{ accountId, hash, revocations: { length: 3 } }]);
    const before = heldItems(made);
    await hold(made);
    expect(heldItems(made)).toEqual(before);
    const report = await approveAndRepair(made, hash);
    expect(report.limits).toMatchObject([{ kind: 'released', approved: 3 }]);
    expect(boundNames(made)).toEqual([]);
  });

  it('an approval survives that another role drifts: what is on the list is released, and no more', async () => {
    const made = await untagged();
    const more = ['app-d', 'app-e', 'app-f'];
    for (const name of more) tag(made, reader, name);
    await repair(made, limited);
    await run(made, limited);
    await repair(made, limited);
    const hash = await hold(made);
    for (const name of more) setRole(made, roleRef(name), []);
    const report = await approveAndRepair(made, hash);
    expect(report.limits).toMatchObject([{ kind: 'held', approved: 3, released: 3, held: 3 }]);
    expect(boundNames(made)).toEqual(more);
    expect(made.held.at(-1)?.revocations.map(({ role }) => role.roleName)).toEqual(more);
  });

  it('what is not due any more stays: a role that was tagged again, or moved on', async () => {
    const made = await untagged();
    const hash = await hold(made);
    tag(made, reader, 'app-a');
    deleteRole(made, roleRef('app-b'));
    const report = await approveAndRepair(made, hash);
    expect(report.limits).toMatchObject([{ kind: 'released', approved: 1, released: 1 }]);
    expect(boundNames(made)).toEqual(['app-a']);
  });

  it('is released for an hour: each sweep within it, and none after', async () => {
    const made = await untagged();
    const hash = await hold(made);
    await run(made, limited, hash);
    made.drifts.length = 0;
    pass(made, hour - 1);
    const within = await run(made, limited);
    expect(within.limits).toMatchObject([{ kind: 'released', approved: 3 }]);
    // The outcomes name who approved it.
    expect(made.drifts.map(({ approved }) => approved)).toEqual(
      Array.from({ length: 3 }, () => [{ resource: readerPolicy, answeredBy: alice }]),
    );
    made.drifts.length = 0;
    pass(made, 1);
    expect((await run(made, limited)).limits).toMatchObject([{ kind: 'held', approved: 0, held: 3, hash }]);
    expect(made.drifts).toEqual([]);
    // It can be approved again.
    expect((await run(made, limited, hash)).limits).toMatchObject([{ approved: 3 }]);
  });

  it('only the drifts of what was approved name who did', async () => {
    const made = await untagged();
    const hash = await hold(made);
    tag(made, writer, 'app-new');
    made.drifts.length = 0;
    await run(made, limited, hash);
    expect(made.drifts.map(({ role, approved }) => [role.roleName, approved?.[0]?.answeredBy])).toEqual([
      ['app-a', alice],
      ['app-b', alice],
      ['app-c', alice],
      ['app-new', undefined],
    ]);
  });

  it('that cannot be stored cannot be approved, and does not keep the rest of the sweep', async () => {
    const made = await untagged();
    tag(made, writer, 'app-new');
    made.before = (call) => {
      if (call.startsWith('PutItem held#')) throw unavailable('DynamoDB');
    };
    const report = await run(made, limited);
    expect(report.limits[0]).toMatchObject({ kind: 'held', held: 3 });
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(report.blindSpots.map(({ what }) => what)).toContainEqual(
      expect.stringContaining(`held in AWS account ${accountId}`),
    );
    expect(made.held[0]).not.toHaveProperty('hash');
    expect(made.drifts.map(({ role }) => role.roleName)).toEqual(['app-new']);
    const id = made.held[0]?.id;
    await expect(run(made, limited, id)).rejects.toThrow('No complete list');
    made.before = () => undefined;
    expect(await hold(made)).toBe(id);
  });

  it('whose table cannot be read is refused, and nothing is done', async () => {
    const made = await untagged();
    const hash = await hold(made);
    made.drifts.length = 0;
    made.before = (call) => {
      if (call === 'Scan') throw unavailable('DynamoDB');
    };
    await expect(run(made, limited, hash)).rejects.toThrow("The ledger's table cannot be read");
    expect(made.drifts).toEqual([]);
    const report = await run(made, limited);
    expect(report.limits[0]).not.toHaveProperty('hash');
  });

  const wide = Array.from({ length: 2000 }, (_, index) => ({
    role: roleRef(`wide-${index}`),
    resource: `projects/acme-data/serviceAccounts/${'x'.repeat(400)}`,
  }));

  it('that an interrupted sweep stored in part is completed', async () => {
    const made = await untagged();
    const hash = await hold(made);
    const [item] = heldItems(made);
    if (item === undefined) throw new Error('nothing is held');
    // Split another way, by another version: the second half is missing.
    made.table.set(`${item.pk} ${item.sk}`, { ...item, body: item.body.replace('"parts":1', '"parts":3') });
    const rest = {
      ...item,
      sk: `${hash}#0003`,
      body: item.body.replace('"part":1,"parts":1', '"part":3,"parts":3'),
    };
    made.table.set(`${rest.pk} ${rest.sk}`, rest);
    expect(listsOf(made)).toEqual([]);
    await expect(run(made, limited, hash)).rejects.toThrow('No complete list');
    expect(await hold(made)).toBe(hash);
    expect(listsOf(made)).toMatchObject([{ hash, revocations: { length: 3 } }]);
    expect(heldItems(made)).toHaveLength(1);
  });

  it('that another sweep stores at the same time is approvable if it is complete', async () => {
    const made = await untagged();
    made.before = async (call) => {
      if (!call.startsWith('PutItem held#')) return;
      made.before = () => undefined;
      await run(made, limited);
    };
    expect((await run(made, limited)).limits).toMatchObject([{ hash: expect.any(String) }]);
    made.table.clear();
    made.before = (call) => {
      if (call.startsWith('PutItem held#') && !call.endsWith(' now'))
        made.table.set(call.slice('PutItem '.length), {
          pk: `held#${accountId}`,
          sk: call.split(' ').at(-1) ?? '',
          revision: 'theirs',
          body: 'something else',
        });
    };
    const report = await run(made, limited);
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(report.blindSpots).toContainEqual({
      what: expect.stringContaining('held in AWS account'),
      reason: 'Someone else writes it at the same time.',
    });
  });

  it('that someone garbled is a blind spot, and cannot be approved', async () => {
    const made = await untagged();
    const hash = await hold(made);
    for (const [key, item] of made.table)
      if (item.pk.startsWith('held#') && item.sk !== 'now')
        made.table.set(key, { ...item, body: '{"version":1,"revocations":[]}' });
    await expect(run(made, limited, hash)).rejects.toThrow('No complete list');
    const report = await run(made, limited);
    expect(report.blindSpots.map(({ what }) => what)).toContain(
      `the ledger's item held#${accountId} ${hash}#0001`,
    );
  });

  it('an approval that someone garbled approves nothing', async () => {
    const made = await untagged();
    const hash = await hold(made);
    const item = { pk: 'answer', sk: `approve#${hash}`, revision: 'r', body: '{}' };
    made.table.set(`${item.pk} ${item.sk}`, item);
    made.drifts.length = 0;
    const report = await run(made, limited);
    expect(report.limits).toMatchObject([{ kind: 'held', approved: 0 }]);
    expect(report.blindSpots.map(({ what }) => what)).toContain(`the ledger's item answer approve#${hash}`);
  });

  it('is removed after thirty days, with its approval, unless it is still held', async () => {
    const made = await untagged();
    const hash = await hold(made);
    await run(made, limited, hash);
    for (const item of writeHeldList(accountId, wide, made.now))
      made.table.set(`${item.pk} ${item.sk}`, { ...item, revision: 'w' });
    expect(heldItems(made).length).toBeGreaterThan(3);
    pass(made, 30 * 24 * hour);
    await run(made, limited);
    expect(listsOf(made)).toHaveLength(2);
    pass(made, 1);
    await run(made, limited);
    expect(listsOf(made)).toMatchObject([{ hash }]);
    expect([...made.table.keys()].filter((key) => key.startsWith('answer'))).toEqual([]);
    for (const name of names) tag(made, reader, name);
    await run(made, limited);
    expect(listsOf(made)).toEqual([]);
  });

  it('of an AWS account, the twenty newest are kept, besides the one that is held', async () => {
    const made = await untagged();
    for (let index = 0; index < 25; index += 1)
      for (const item of writeHeldList(
        accountId,
        wide.slice(index, index + 2),
        new Date(made.now.getTime() - index),
      ))
        made.table.set(`${item.pk} ${item.sk}`, { ...item, revision: `w-${index}` });
    const hash = await hold(made);
    const left = listsOf(made).map((list) => list.hash);
    expect(left).toHaveLength(21);
    expect(left).toContain(hash);
    expect(left).not.toContain(revocationsHash(wide.slice(24, 26)));
  });

  it('old lists that cannot be removed are a blind spot', async () => {
    const made = await untagged();
    const hash = await hold(made);
    for (const name of names) tag(made, reader, name);
    pass(made, 31 * 24 * hour);
    made.before = (call) => {
      if (call.startsWith('DeleteItem held#')) throw unavailable('DynamoDB');
    };
    const report = await run(made, limited);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'old lists of held revocations, and what is held now',
    ]);
    expect(listsOf(made)).toMatchObject([{ hash }]);
  });

  it('is noted for doctor while it is held, and no longer', async () => {
    const made = await untagged();
    const hash = await hold(made);
    const noted = () => JSON.parse(made.table.get(`held#${accountId} now`)?.body ?? '{}') as unknown;
    expect(noted()).toEqual({ version: 1, accountId, count: 3, limit: 2, hash, at: made.now.toISOString() });
    pass(made, hour);
    await hold(made);
    expect(noted()).toMatchObject({ at: made.now.toISOString() });
    for (const name of names) tag(made, reader, name);
    await hold(made);
    expect(noted()).toEqual({});
  });

  it('in mode dry-run is reported, and neither stored nor approvable', async () => {
    const made = await untagged();
    const report = await run(made, { ...limited, mode: 'dry-run' });
    expect(report.limits[0]).toMatchObject({ kind: 'held', held: 3 });
    expect(report.limits[0]).not.toHaveProperty('hash');
    expect(heldItems(made)).toEqual([]);
    expect(made.held).toMatchObject([{ planned: true, count: 3 }]);
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
        const made = world();
        for (const { name } of roles) tag(made, reader, `app-${name}`);
        await settleAll(made);
        const before = boundNames(made);
        for (const { name, isListed } of roles) if (isListed) setRole(made, roleRef(`app-${name}`), []);
        const { limits } = await run(made, using);
        await repair(made, using);
        const listed = new Set(listsOf(made).flatMap(({ revocations }) => revocations.map(accessKey)));
        for (const { name, isBack } of roles)
          if (isBack) tag(made, reader, `app-${name}`);
          else setRole(made, roleRef(`app-${name}`), []);
        const bound = boundNames(made);
        expect(before.length - bound.length).toBeLessThanOrEqual(maxRevocations);
        await run(made, using, limits[0]?.hash);
        await repair(made, using);
        const left = boundNames(made);
        const ended = bound.filter((name) => !left.includes(name));
        const unlisted = ended.filter((name) => !listed.has(`aws:${accountId}:${name} ${readerPolicy}`));
        expect(unlisted.length).toBeLessThanOrEqual(maxRevocations);
      },
    ),
    { numRuns: 60 },
  );
});
