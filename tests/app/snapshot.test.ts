import { takeSnapshot } from '../../shared/app/snapshot.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { watchedScope } from '../../shared/core/scope.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { runReconcile } from '../support/reconciling.ts';
import { accountId, email, now, reader, settings, writer } from '../support/settings.ts';
import { configOf, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entryFor, setEntries, setUsed, usedNames } from '../support/table.ts';
import { createWorld, failCalls, tagRole, takeCalls } from '../support/world.ts';

const key = 'google-access';
const look = (world: MemoryWorld, using: Settings = settings) =>
  takeSnapshot(
    using,
    memorySweepPorts(world),
    watchedScope(using, [], now),
    readTable([...world.table.values()]),
  );
const granted = async (): Promise<MemoryWorld> => {
  const world = createWorld();
  tagRole(world, { [key]: reader });
  await runReconcile(world);
  world.calls.length = 0;
  world.pageSize = 1;
  return world;
};

describe('a look at everything', () => {
  it('lists roles, parameters and service accounts, and reads each policy once', async () => {
    const world = await granted();
    const seen = await look(world);
    expect(seen).toMatchObject({
      listedAccounts: new Set([accountId]),
      parameters: [
        { region: 'us-east-1', prefix: '/google-access', isComplete: true, parameters: { length: 1 } },
        { region: 'eu-west-1', prefix: '/google-access', isComplete: true, parameters: { length: 1 } },
      ],
      projects: [
        { project: 'acme-data', isComplete: true, resources: [readerPolicy, writerPolicy] },
        { project: 'example.com:legacy', isComplete: true, resources: [] },
      ],
      notOptedIn: [],
      notReadable: [],
      blindSpots: [],
    });
    expect(seen.roles.map(({ ref }) => ref.roleName)).toEqual(['reports']);
    expect([...seen.policies.keys()].toSorted()).toEqual([readerPolicy, writerPolicy]);
    expect(takeCalls(world, /^getIamPolicy/)).toEqual([
      `getIamPolicy ${readerPolicy}`,
      `getIamPolicy ${writerPolicy}`,
    ]);
  });

  it('names what could not be seen in every blind spot, and the reason', async () => {
    const world = await granted();
    failCalls(world, /^(Get|list|getIamPolicy .*reader)/, unavailable('All'));
    const reason = 'All is not available (503).';
    const seen = await look(world);
    expect(seen.blindSpots).toEqual([
      { what: 'the roles of account 111122223333', reason },
      { what: 'the parameters under /google-access in us-east-1 and eu-west-1', reason },
      { what: 'the service accounts of project acme-data', reason },
      { what: 'the service accounts of project example.com:legacy', reason },
      // The ledger lists it.
      { what: `the allow policy of ${reader}`, reason },
    ]);
    expect(seen).toMatchObject({
      listedAccounts: new Set(),
      parameters: [{ isComplete: false }, { isComplete: false }],
      projects: [{ isComplete: false }, { isComplete: false }],
    });
  });

  it('and the policies that could not be read', async () => {
    const world = await granted();
    failCalls(world, /^getIamPolicy/, unavailable('Google'));
    const seen = await look(world);
    expect(seen.blindSpots.map(({ what }) => what)).toEqual([
      `the allow policy of ${reader}`,
      `the allow policy of ${writer}`,
    ]);
    expect([...seen.unseen]).toEqual([readerPolicy, writerPolicy]);
  });

  it('reads the accounts that tags request and the ledger lists, listed or not', async () => {
    const world = createWorld();
    tagRole(world, { [key]: email('asked') });
    setEntries(world, [entryFor(email('recorded'))]);
    const seen = await look(world);
    expect([...seen.policies.keys()].toSorted()).toEqual(
      [email('asked'), reader, email('recorded'), writer].map(serviceAccountResource).toSorted(),
    );
    expect(seen.policies.get(serviceAccountResource(email('asked')))).toEqual({ kind: 'absent' });
  });

  it('does not look anywhere for a parameter of ours that names no account', async () => {
    const world = createWorld();
    const value = configOf(reader).replace(/,"service_account_impersonation_url":"[^"]*"/, '');
    world.parameters.set('us-east-1 /google-access/gone/default', { value, description: '' });
    expect([...(await look(world)).policies.keys()]).toEqual([readerPolicy, writerPolicy]);
  });

  it('treats a refusal on an account that a tag or a parameter names as a failed read', async () => {
    const world = await granted();
    world.denied.add(readerPolicy);
    world.denied.add(writerPolicy);
    setPolicy(world, serviceAccountResource(email('a')), {});
    world.denied.add(serviceAccountResource(email('a')));
    const seen = await look(world);
    expect(seen.policies.get(readerPolicy)).toEqual({ kind: 'unreadable' });
    expect(seen.policies.has(writerPolicy)).toBe(false);
    expect(seen).toMatchObject({
      notOptedIn: [],
      notReadable: [serviceAccountResource(email('a')), writerPolicy],
      blindSpots: [{ what: `the allow policy of ${reader}` }],
    });
  });

  it('reads no more than eight policies at a time', async () => {
    const world = createWorld();
    for (let index = 0; index < 20; index += 1)
      setPolicy(world, serviceAccountResource(email(`many-${index}`)), {});
    let open = 0;
    let most = 0;
    world.before = async (call) => {
      if (!call.startsWith('getIamPolicy')) return;
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
    };
    world.after = (call) => {
      if (call.startsWith('getIamPolicy')) open -= 1;
    };
    await look(world);
    expect(most).toBe(8);
  });
});

describe('the report of a sweep', () => {
  const report = (world: MemoryWorld, using: Settings = settings) => sweep(using, memorySweepPorts(world));

  it('counts what was seen', async () => {
    const world = await granted();
    world.denied.add(writerPolicy);
    world.parameters.set('us-east-1 /google-access/reports/theirs', { value: 'hello', description: '' });
    expect(await report(world)).toEqual({
      rolesSeen: 1,
      unreadableAccounts: [],
      parametersSeen: 3,
      policiesRead: 1,
      fullestPolicy: { email: reader, principals: 1 },
      directAccess: new Map(),
      notOptedIn: [],
      notReadable: [writerPolicy],
      pool: 'ours',
      drifts: [],
      limits: [],
      blindSpots: [],
      leftAlone: [{ region: 'us-east-1', name: '/google-access/reports/theirs' }],
      isTableEmptied: false,
      dropped: [],
    });
  });

  it('does not report a parameter as left alone if a grant will overwrite it', async () => {
    const world = await granted();
    world.parameters.set('us-east-1 /google-access/reports/default', { value: 'hello', description: '' });
    const { leftAlone, drifts } = await report(world);
    expect(drifts).toHaveLength(1);
    expect(leftAlone).toEqual([]);
  });

  it('forgets a project that was read completely, an hour after it was dropped, and no other', async () => {
    const world = await granted();
    await report(world);
    setPolicy(world, serviceAccountResource('x@old.iam.gserviceaccount.com'), {});
    world.denied.add(serviceAccountResource('x@old.iam.gserviceaccount.com'));
    setUsed(world, 'project', 'old', '2026-11-24T10:00:00Z');
    expect((await report(world)).dropped).toMatchObject([{ name: 'old' }]);
    world.denied.clear();
    expect((await report(world)).dropped).toEqual([]);
    expect(usedNames(world)).not.toContain('old');
  });

  it('names the table as a blind spot if it cannot be read', async () => {
    const world = await granted();
    failCalls(world, /^Scan/, unavailable('DynamoDB'));
    expect(await report(world)).toMatchObject({
      blindSpots: [
        {
          what: 'the ledger, and what earlier configurations used',
          reason: 'DynamoDB is not available (503).',
        },
      ],
      dropped: [],
    });
  });

  it('names each item of the table that it cannot read', async () => {
    const world = await granted();
    world.table.set('x', { pk: 'role#aws:111122223333:x', sk: 'bindings', revision: 'r', body: '{}' });
    expect((await report(world)).blindSpots).toEqual([
      {
        what: "the ledger's item role#aws:111122223333:x bindings",
        reason:
          'It is not one that this version of rolebridge can read. If no newer version wrote it, delete it: docs/operations.md, "The ledger is lost".',
      },
    ]);
  });

  it('cannot be made if no account is configured', async () => {
    await expect(report(createWorld(), { ...settings, accounts: [] })).rejects.toThrow(
      'rolebridge.yml configures no account.',
    );
  });

  it('fails if the drifts cannot be published', async () => {
    const world = await granted();
    tagRole(world, {});
    failCalls(world, /^PutEvents/, unavailable('AWS'));
    await expect(report(world)).rejects.toThrow('AWS is not available (503).');
  });

  it('writes to the table when there is news, and not after that; in dry-run nothing', async () => {
    const world = await granted();
    takeCalls(world, /./);
    const writesToTable = /^(Put|Delete)Item/;
    const one: Settings = { ...settings, regions: ['us-east-1'] };
    await report(world, { ...one, mode: 'dry-run' });
    expect(takeCalls(world, writesToTable)).toEqual([]);
    await report(world, one);
    expect(takeCalls(world, writesToTable)).toEqual([
      'PutItem sweep dropped#region#eu-west-1',
      'PutItem sweep table',
    ]);
    await report(world, one);
    expect(takeCalls(world, writesToTable)).toEqual([]);
    await report(world);
    expect(takeCalls(world, writesToTable)).toEqual(['DeleteItem sweep dropped#region#eu-west-1']);
  });
});
