import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf } from '../../shared/app/role-run.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { listedOf } from '../../shared/core/forget.ts';
import { parseMessage } from '../../shared/core/message.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import { readVerdict } from '../../shared/core/table-verdict.ts';
import { readTable } from '../../shared/core/table-view.ts';
import {
  deleteRole,
  failCallsOf,
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setPolicy,
  setRole,
  unavailable,
} from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { accountId as home, reader, roleRef, settings, tagKey, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { alice, runSweep } from '../support/sweeping.ts';
import { entriesOf } from '../support/table.ts';
import { advance, createWorld, day, isBound, parameterPlaces } from '../support/world.ts';

const [near, far] = ['444455556666', '777788889999'] as const;

const three: Settings = {
  ...settings,
  home,
  accounts: [
    { id: home, provider: 'aws-home' },
    { id: near, provider: 'aws-near', regions: ['eu-central-1'] },
    { id: far, provider: 'aws-far' },
  ],
};

const byHand = { title: 'by hand', expression: 'true' };

const inAccount = (accountId: string, roleName = 'reports'): RoleRef => ({ ...roleRef(roleName), accountId });

const tag = (world: MemoryWorld, accountId: string, email: string, roleName = 'reports') =>
  setRole(world, inAccount(accountId, roleName), [{ key: tagKey, value: email }]);

const event = (accountId: string, roleName = 'reports') =>
  requestFor(roleName, { ref: inAccount(accountId, roleName) });

/** Reconciles what the sweep reported, delivered the way the drift rule delivers it to the function. */
const repair = async (world: MemoryWorld, using: Settings) => {
  const requests = world.drifts.splice(0).map((drift) => {
    const body = {
      source: 'rolebridge',
      'detail-type': 'Google Access Drift Detected',
      id: 'd',
      detail: drift,
    };
    const message = parseMessage(
      JSON.stringify(body),
      using.accounts.map(({ id }) => id),
      tagKey,
    );
    if (message.kind !== 'drift') throw new Error(`not a drift: ${JSON.stringify(message)}`);
    return requestOf(message, 'first');
  });
  return reconcile(using, memoryPorts(world), requests);
};

const settle = async (world: MemoryWorld, using: Settings = three) => {
  const report = await runSweep(world, using);
  await repair(world, using);
  return report;
};

const boundAccounts = (world: MemoryWorld, resource = readerPolicy, roleName = 'reports') =>
  [home, near, far].filter((id) => isBound(world, resource, inAccount(id, roleName)));

const granted = async (): Promise<MemoryWorld> => {
  const world = createWorld();
  for (const id of [home, near, far]) tag(world, id, reader);
  await runReconcile(
    world,
    [home, near, far].map((id) => event(id)),
    three,
  );
  return world;
};

const placesOfAll = [
  `${far} eu-west-1 /google-access/reports/default`,
  `${far} us-east-1 /google-access/reports/default`,
  `${near} eu-central-1 /google-access/reports/default`,
  'eu-west-1 /google-access/reports/default',
  'us-east-1 /google-access/reports/default',
].toSorted();

const providerAt = (world: MemoryWorld, place: string): string | undefined =>
  /providers\/([a-z-]+)/.exec(world.parameters.get(place)?.value ?? '')?.[1];

describe('roles with the same name in three accounts', () => {
  it('are bound and published in their own account, in its regions, for its provider', async () => {
    const world = await granted();
    expect(boundAccounts(world)).toEqual([home, near, far]);
    expect(parameterPlaces(world)).toEqual(placesOfAll);
    expect(placesOfAll.map((place) => providerAt(world, place))).toEqual([
      'aws-near',
      'aws-far',
      'aws-far',
      'aws-home',
      'aws-home',
    ]);
    const { drifts } = await runSweep(world, three);
    expect(drifts).toEqual([]);
  });

  it('change one by one', async () => {
    const world = await granted();
    tag(world, near, writer);
    await runReconcile(world, [event(near)], three);
    expect(boundAccounts(world)).toEqual([home, far]);
    expect(boundAccounts(world, writerPolicy)).toEqual([near]);
    expect(entriesOf(world, inAccount(far))).toHaveLength(1);
    expect(parameterPlaces(world)).toEqual(placesOfAll);
  });

  it('are untagged and deleted one by one', async () => {
    const world = await granted();
    setRole(world, inAccount(near), []);
    deleteRole(world, inAccount(far));
    await runReconcile(world, [event(near), event(far)], three);
    expect(boundAccounts(world)).toEqual([home]);
    expect(parameterPlaces(world)).toEqual([
      'eu-west-1 /google-access/reports/default',
      'us-east-1 /google-access/reports/default',
    ]);
    expect(await settle(world)).toMatchObject({ drifts: [], blindSpots: [] });
  });

  it('are granted and removed by the sweep alone', async () => {
    const world = createWorld();
    for (const id of [home, near, far]) tag(world, id, reader);
    await settle(world);
    expect(boundAccounts(world)).toEqual([home, near, far]);
    expect(parameterPlaces(world)).toEqual(placesOfAll);
    deleteRole(world, inAccount(near));
    await settle(world);
    expect(boundAccounts(world)).toEqual([home, far]);
    expect(parameterPlaces(world)).toEqual(placesOfAll.filter((place) => !place.startsWith(near)));
  });
});

describe('an account that cannot be read', () => {
  const kinds = ['GetAccountAuthorizationDetails', 'GetParametersByPath'] as const;

  it.each(kinds)('%s: nothing in it counts as gone, and the others are repaired', async (kind) => {
    const world = await granted();
    await runSweep(world, three);
    // In both accounts the tags are gone; only one of them can be read.
    for (const id of [near, far]) setRole(world, inAccount(id), []);
    failCallsOf(world, near, kind);
    const report = await settle(world);
    world.before = () => undefined;
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      kind === 'GetParametersByPath'
        ? `the parameters under /google-access in eu-central-1 of account ${near}`
        : `the roles of account ${near}`,
    ]);
    expect(boundAccounts(world)).toEqual(kind === 'GetParametersByPath' ? [home] : [home, near]);
    expect(parameterPlaces(world)).toEqual(placesOfAll.filter((place) => !place.startsWith(far)));
    await settle(world);
    await settle(world);
    expect(boundAccounts(world)).toEqual([home]);
    expect(parameterPlaces(world)).toEqual(placesOfAll.filter((place) => !/^\d/.test(place)));
  });

  it('does not keep the sweep from judging the table of the others', async () => {
    const world = await granted();
    failCallsOf(world, near, 'GetAccountAuthorizationDetails');
    await settle(world);
    const verdict = () => readVerdict(world.table.get('sweep table')?.body ?? '');
    expect(verdict()).toMatchObject({ verdict: 'fresh', unseen: { accounts: [near] } });
    // Someone binds a member by hand: once the table was judged, this does not mean that the table was lost.
    const { policy } = await memoryPorts(world).policies.read(readerPolicy);
    const [ours] = policy.bindings ?? [];
    const member = ours?.members?.find((one) => one.includes(`${home}:`) || one.includes(home)) ?? '';
    setPolicy(world, readerPolicy, {
      ...policy,
      bindings: [
        ...(policy.bindings ?? []),
        { role: ours?.role ?? '', members: [member.replace('reports', 'app-by-hand')], condition: byHand },
      ],
    });
    expect((await settle(world)).isTableEmptied).toBe(false);
    world.before = () => undefined;
    await settle(world);
    expect(verdict()?.unseen).toBeUndefined();
  });

  it.each(['GetRole', 'GetParametersByPath', 'PutParameter'])(
    '%s: its message is retried, and the other roles of the batch get their access',
    async (kind) => {
      const world = createWorld();
      for (const id of [home, near, far]) tag(world, id, reader);
      failCallsOf(world, near, kind);
      const reports = await runReconcile(
        world,
        [near, home, far].map((id) => event(id)),
        three,
      );
      const retried = reports.filter(({ retry }) => retry !== undefined);
      expect(retried).toHaveLength(1);
      expect(boundAccounts(world)).toEqual(kind === 'GetRole' ? [home, far] : [home, near, far]);
      expect(parameterPlaces(world)).toEqual(placesOfAll.filter((place) => !place.startsWith(near)));
      world.before = () => undefined;
      await runReconcile(world, [event(near)], three);
      expect(parameterPlaces(world)).toEqual(placesOfAll);
    },
  );

  it('DeleteParameter: its message is retried, and the others are removed', async () => {
    const world = await granted();
    for (const id of [near, far]) setRole(world, inAccount(id), []);
    failCallsOf(world, near, 'DeleteParameter');
    const reports = await runReconcile(world, [event(near), event(far)], three);
    expect(reports.map(({ retry }) => retry !== undefined)).toEqual([true, false]);
    expect(boundAccounts(world)).toEqual([home]);
    expect(parameterPlaces(world)).toEqual(placesOfAll.filter((place) => !place.startsWith(far)));
  });
});

describe('the revocation limit', () => {
  it('holds the account that exceeds it, and releases the others', async () => {
    const world = createWorld();
    const names = ['app-a', 'app-b', 'app-c'];
    for (const name of names) tag(world, near, reader, name);
    tag(world, far, reader, 'app-a');
    await settle(world);
    for (const name of names) setRole(world, inAccount(near, name), []);
    setRole(world, inAccount(far, 'app-a'), []);
    const narrow = { ...three, sweep: { ...three.sweep, maxRevocations: 2 } };
    const { limits } = await settle(world, narrow);
    expect(limits).toMatchObject([
      { accountId: near, kind: 'held', held: 3 },
      { accountId: far, kind: 'released', released: 1 },
    ]);
    expect(boundAccounts(world, readerPolicy, 'app-a')).toEqual([near]);
  });
});

describe('accounts and places that are no longer used', () => {
  it('a region is cleared in that account alone', async () => {
    const world = await granted();
    const moved: Settings = {
      ...three,
      accounts: three.accounts.map((one) => (one.id === far ? { ...one, regions: ['us-east-1'] } : one)),
    };
    const { dropped } = await settle(world, moved);
    expect(dropped).toMatchObject([{ kind: 'place', name: `${far}/eu-west-1` }]);
    expect(parameterPlaces(world)).toEqual(
      placesOfAll.filter((place) => !place.startsWith(`${far} eu-west`)),
    );
  });

  it('regions of another account are never read', async () => {
    const world = await granted();
    world.calls.length = 0;
    await runSweep(world, three);
    expect(world.calls.filter((call) => call.startsWith(`GetParametersByPath ${near}`))).toEqual([
      `GetParametersByPath ${near} eu-central-1 /google-access`,
    ]);
  });

  it('an account that left the file loses its access, and is not read', async () => {
    const world = await granted();
    const without: Settings = { ...three, accounts: three.accounts.filter(({ id }) => id !== near) };
    world.calls.length = 0;
    const { dropped } = await settle(world, without);
    expect(boundAccounts(world)).toEqual([home, far]);
    expect(world.calls.filter((call) => call.startsWith('Get') && call.includes(near))).toEqual([]);
    expect(dropped.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      `account ${near}`,
      `place ${near}/eu-central-1`,
    ]);
    expect(await settle(world, without)).toMatchObject({ drifts: [], blindSpots: [] });
  });

  it('a former prefix stays reported while an account that left the file may have configs there', async () => {
    const world = await granted();
    const renamed: Settings = {
      ...three,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    const without: Settings = { ...renamed, accounts: three.accounts.filter(({ id }) => id !== near) };
    await settle(world, without);
    const { dropped } = await settle(world, without);
    expect(dropped).toContainEqual(expect.objectContaining({ kind: 'prefix', name: '/google-access' }));
    expect(world.table.has('scope prefix#/google-access')).toBe(true);
    // The account is back, and can be read.
    await settle(world, renamed);
    expect(await settle(world, renamed)).toMatchObject({ drifts: [], dropped: [] });
    expect(parameterPlaces(world).filter((place) => place.includes('/google-access'))).toEqual([]);
  });

  it('a former pool stays reported while an account that left the file may have configs for it', async () => {
    const world = await granted();
    const renamed: Settings = { ...three, google: { ...three.google, pool: 'new-pool' } };
    const without: Settings = { ...renamed, accounts: three.accounts.filter(({ id }) => id !== near) };
    const formerPool = { kind: 'pool', name: poolPath(three) };
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await settle(world, without);
      advance(world, day);
    }
    const { dropped } = await settle(world, without);
    expect(dropped).toContainEqual(expect.objectContaining(formerPool));
    // The account is back: its configs are published for the new pool.
    await settle(world, renamed);
    await settle(world, renamed);
    expect([...world.parameters.values()].filter(({ value }) => value.includes(poolPath(three)))).toEqual([]);
    expect(await settle(world, renamed)).toMatchObject({ drifts: [], dropped: [] });
  });

  it('an account that a person declares gone leaves the scope, with its places', async () => {
    const world = await granted();
    const without: Settings = { ...three, accounts: three.accounts.filter(({ id }) => id !== near) };
    await settle(world, without);
    const thing = { kind: 'account', name: near } as const;
    const items = [...world.table.values()];
    const { hash: listed } = listedOf(readTable(items), thing);
    await sweep(without, memorySweepPorts(world), {
      answer: { kind: 'forget', thing, listed },
      answeredBy: alice,
    });
    expect(
      [...world.table.keys()].filter((key) => !key.startsWith('role#') && !key.startsWith('answer')),
    ).toEqual(expect.not.arrayContaining([expect.stringContaining(near)]));
    expect(await settle(world, without)).toMatchObject({ dropped: [] });
  });
});

describe('an account that is joining', () => {
  const unreached = async () => {
    const world = createWorld();
    for (const id of [home, near, far]) tag(world, id, reader);
    failCallsOf(world, near, 'GetAccountAuthorizationDetails');
    return { world, report: await settle(world) };
  };

  it('is reported with the reason, and is not a blind spot', async () => {
    const { world, report } = await unreached();
    expect(report.joining).toEqual([
      { accountId: near, reason: expect.stringContaining('is not available') },
    ]);
    expect(report.unreadableAccounts).toEqual([]);
    expect(report.blindSpots).toEqual([]);
    expect(boundAccounts(world)).toEqual([home, far]);
  });

  it('has joined once it was reached: after that, a failure is a blind spot', async () => {
    const { world } = await unreached();
    world.before = () => undefined;
    expect((await settle(world)).joining).toBeUndefined();
    failCallsOf(world, near, 'GetAccountAuthorizationDetails');
    const report = await settle(world);
    expect(report.joining).toBeUndefined();
    expect(report.unreadableAccounts).toEqual([near]);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the roles of account ${near}`]);
  });

  it('joins again after it left the file', async () => {
    const { world } = await unreached();
    world.before = () => undefined;
    await settle(world);
    await settle(world, { ...three, accounts: three.accounts.filter(({ id }) => id !== near) });
    // Another account is reached for the first time.
    const fourth = { id: '999900001111', provider: 'aws-fourth' };
    await settle(world, { ...three, accounts: [...three.accounts.filter(({ id }) => id !== near), fourth] });
    failCallsOf(world, near, 'GetAccountAuthorizationDetails');
    expect((await settle(world)).joining).toHaveLength(1);
  });

  it('is a blind spot while the table, or its item, cannot be read', async () => {
    const { world } = await unreached();
    world.table.set('sweep reached', { pk: 'sweep', sk: 'reached', revision: 'r', body: '{"version":2}' });
    const report = await settle(world);
    expect(report.blindSpots.map(({ what }) => what)).toContain("the ledger's item sweep reached");
    world.before = (call) => {
      if (call.startsWith('Scan') || call.startsWith(`GetAccountAuthorizationDetails ${near}`))
        throw unavailable(call);
    };
    const blind = await runSweep(world, three);
    expect(blind.joining).toBeUndefined();
    expect(blind.unreadableAccounts).toEqual([near]);
  });
});
