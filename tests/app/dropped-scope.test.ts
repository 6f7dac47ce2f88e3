import { reconcile } from '../../shared/app/reconcile.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { type Binding } from '../../shared/core/iam-policy.ts';
import { type ScopeKind, usedScope } from '../../shared/core/scope.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setPolicy,
  unavailable,
} from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { now, reader, roleRef, settings } from '../support/settings.ts';
import { binding, configOf, readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import { entryFor, setEntries, setUsed, usedNames } from '../support/table.ts';
import {
  bindingsOf,
  createWorld,
  failCalls,
  member,
  parameterPlaces,
  sharedBinding,
  tagRole,
} from '../support/world.ts';

const using = { ...settings, formerParameterPrefixes: ['/former'] };

const ours = { value: configOf(reader), description: '' };

const theirs = { value: 'hello', description: '' };

/** A world in which something was dropped from the file two hours ago. */
const dropped = (kind: ScopeKind, name: string): MemoryWorld => {
  const world = createWorld();
  world.pageSize = 1;
  for (const used of usedScope(using)) setUsed(world, used.kind, used.name);
  setUsed(world, kind, name, '2026-11-24T10:00:00Z');
  return world;
};

const stillWatched = async (world: MemoryWorld): Promise<readonly string[]> => {
  const { dropped: rest } = await sweep(using, memorySweepPorts(world));
  // Former prefixes are reported as well; the file remembers them.
  const remembered = rest.filter(({ isFormer }) => isFormer === undefined);
  const names = new Set(usedScope(using).map((used) => used.name));
  expect(usedNames(world).filter((name) => !names.has(name))).toEqual(remembered.map(({ name }) => name));
  return remembered.map(({ name }) => name);
};

describe('things that the file no longer names', () => {
  it('a region is cleared, and then forgotten', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const one: Settings = { ...settings, regions: ['us-east-1'] };
    expect((await runSweep(world, one)).dropped).toEqual([
      { kind: 'region', name: 'eu-west-1', since: now.toISOString(), droppedAt: now.toISOString() },
    ]);
    await runRepair(world, one);
    expect(parameterPlaces(world)).toEqual(['us-east-1 /google-access/reports/default']);
    expect(bindingsOf(world)[0]?.members).toContain(member);
    // A function that started under the old file may still write for a while.
    expect((await runSweep(world, one)).dropped).toHaveLength(1);
    world.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await runSweep(world, one)).dropped).toEqual([]);
    expect(usedNames(world)).not.toContain('eu-west-1');
  });

  it('a first region is dropped only when the new one has the record', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const moved: Settings = { ...settings, regions: ['ap-south-1'] };
    await runSweep(world, moved);
    await runRepair(world, moved);
    expect(parameterPlaces(world)).toEqual(['ap-south-1 /google-access/reports/default']);
  });

  it('a prefix is cleared as long as the file names it as a former one', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    await runSweep(world, renamed);
    await runRepair(world, renamed);
    expect(parameterPlaces(world)).toEqual([
      'eu-west-1 /gcp/reports/default',
      'us-east-1 /gcp/reports/default',
    ]);
    expect(bindingsOf(world)[0]?.members).toContain(member);
  });

  it('a new prefix within the old one is not mistaken for a role of it', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const nested: Settings = { ...settings, parameterPrefix: '/google-access/v2' };
    // A role with a similar name is not part of the new prefix.
    tagRole(world, { 'google-access': reader }, 'app-v2');
    await runSweep(world, nested);
    await runRepair(world, nested);
    expect(parameterPlaces(world)).toContain('us-east-1 /google-access/v2/reports/default');
    expect((await runSweep(world, nested)).drifts.map(({ ref }) => ref.roleName)).not.toContain('v2');
  });

  it('a former prefix is reported until it is cleared; then it may be removed from the file', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    expect((await runSweep(world, renamed)).dropped.map(({ name }) => name)).toEqual(['/google-access']);
    await runRepair(world, renamed);
    expect((await runSweep(world, renamed)).dropped).toEqual([]);
    const done = await runSweep(world, { ...renamed, formerParameterPrefixes: [] });
    expect(done).toMatchObject({ dropped: [], blindSpots: [], drifts: [] });
    expect(usedNames(world)).not.toContain('/google-access');
  });

  it('invariant 4: a project that cannot be listed is a blind spot and stays, even if Google answers NOT_FOUND', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setUsed(world, 'project', 'gone-data');
    world.before = (call) => {
      if (call === 'listServiceAccounts gone-data')
        throw new PermanentError('no such project', { because: 'notFound' });
    };
    const named = { ...settings, google: { ...settings.google, projects: ['gone-data', 'acme-data'] } };
    expect((await runSweep(world, named)).blindSpots).toHaveLength(1);
    const waiting = {
      blindSpots: [
        {
          reason:
            'no such project. If the project is gone permanently: rolebridge forget --project gone-data',
        },
      ],
      dropped: [{ name: 'gone-data' }],
    };
    expect(await runSweep(world)).toMatchObject(waiting);
    world.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect(await runSweep(world)).toMatchObject(waiting);
  });

  it('a project that the file still names by its other name is forgotten under the old one', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    setUsed(world, 'project', '999', '2026-11-20T00:00:00Z');
    const ports = memorySweepPorts(world);
    const serviceAccounts = (project: string) =>
      ports.listings.serviceAccounts(project === '999' ? 'acme-data' : project);
    await sweep(settings, { ...ports, listings: { ...ports.listings, serviceAccounts } });
    expect(usedNames(world)).not.toContain('999');
  });

  it('a table that cannot be written is a blind spot, and does not keep any role from being repaired', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    setUsed(world, 'region', 'eu-west-3');
    world.before = (call) => {
      if (call.startsWith('PutItem sweep')) throw unavailable(call);
    };
    const report = await runSweep(world);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([
      'what earlier configurations used, for later',
    ]);
    expect(report.drifts).toHaveLength(1);
  });

  it('invariant 9: anything that was used and dropped between two sweeps is cleared', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    // An event, and no sweep, under a configuration with one more region.
    const more: Settings = { ...settings, regions: ['us-east-1', 'eu-west-1', 'eu-west-3'] };
    await reconcile(more, memoryPorts(world), [requestFor()]);
    expect(parameterPlaces(world)).toContain('eu-west-3 /google-access/reports/default');
    expect((await runSweep(world)).dropped).toMatchObject([{ kind: 'region', name: 'eu-west-3' }]);
    await runRepair(world);
    expect(parameterPlaces(world)).not.toContain('eu-west-3 /google-access/reports/default');
  });

  it('a project loses everything that was granted in it', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const google = { ...settings.google, projects: ['other-project'] };
    const other: Settings = { ...settings, google };
    const report = await runSweep(world, other);
    expect(report.dropped.map(({ name }) => name)).toEqual(['acme-data', 'example.com:legacy']);
    await runRepair(world, other);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual([]);
    world.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await runSweep(world, other)).dropped).toEqual([]);
  });

  it('a project is not forgotten while one of its accounts cannot be read', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setUsed(world, 'project', 'acme-data');
    const other: Settings = { ...settings, google: { ...settings.google, projects: ['other-project'] } };
    await runSweep(world, other);
    world.now = new Date(now.getTime() + 61 * 60 * 1000);
    world.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await runSweep(world, other)).dropped.map(({ name }) => name)).toEqual(['acme-data']);
  });
});

describe('a region that the file no longer names', () => {
  const region = 'eu-west-3';

  it.each<[string, string, typeof ours, boolean]>([
    ['empty', 'us-east-1 /google-access/reports/default', ours, false],
    ['with others’ parameters', `${region} /google-access/reports/default`, theirs, false],
    ['with a parameter of ours', `${region} /google-access/reports/default`, ours, true],
    ['with one of ours under a former prefix', `${region} /former/reports/default`, ours, true],
  ])('%s: still watched: %s', async (_, place, parameter, isWatched) => {
    const world = dropped('region', region);
    world.parameters.set(place, parameter);
    world.parameters.set(`${region} /google-access/theirs`, theirs);
    expect(await stillWatched(world)).toEqual(isWatched ? [region] : []);
  });

  it('is still watched if it could not be read to its end', async () => {
    const world = dropped('region', region);
    failCalls(world, /^GetParametersByPath eu-west-3 \/former/, unavailable('SSM'));
    expect(await stillWatched(world)).toEqual([region]);
  });

  it('is not delayed by a region that the file does name', async () => {
    const world = dropped('region', region);
    failCalls(world, /^GetParametersByPath us-east-1/, unavailable('SSM'));
    expect(await stillWatched(world)).toEqual([]);
  });
});

describe('a prefix that the file no longer names', () => {
  const prefix = '/older';

  it.each<[string, string, typeof ours, boolean]>([
    ['empty', 'us-east-1 /google-access/reports/default', ours, false],
    ['with others’ parameters', `us-east-1 ${prefix}/reports/default`, theirs, false],
    ['with a parameter of ours in any region', `eu-west-1 ${prefix}/reports/default`, ours, true],
  ])('%s: still watched: %s', async (_, place, parameter, isWatched) => {
    const world = dropped('prefix', prefix);
    world.parameters.set(place, parameter);
    expect(await stillWatched(world)).toEqual(isWatched ? [prefix] : []);
  });

  it('is still watched if it could not be read', async () => {
    const world = dropped('prefix', prefix);
    failCalls(world, /^GetParametersByPath eu-west-1 \/older/, unavailable('SSM'));
    expect(await stillWatched(world)).toEqual([prefix]);
  });
});

describe('a project that the file no longer names', () => {
  const project = 'old-project';
  const accountOf = (name: string) => `${name}@${project}.iam.gserviceaccount.com`;
  const [first, second] = ['a', 'b'].map((name) => serviceAccountResource(accountOf(name)));
  const eve: Binding = { role: workloadIdentityUser, members: ['user:eve@example.com'] };
  const accounts = (...bindings: readonly Binding[]): MemoryWorld => {
    const world = dropped('project', project);
    setPolicy(world, first ?? '', { bindings: [eve] });
    setPolicy(world, second ?? '', { bindings });
    return world;
  };

  it('is forgotten if only others are bound in it', async () => {
    expect(await stillWatched(accounts(eve))).toEqual([]);
  });

  it('is still watched if a role is bound on one account', async () => {
    expect(await stillWatched(accounts(eve, binding([roleRef('reports')])))).toEqual([project]);
  });

  it('invariant 4: is still watched if we may not read its accounts, listed in the ledger or not', async () => {
    const world = accounts(eve);
    world.denied.add(second ?? '');
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('is forgotten if its account was deleted after it was listed', async () => {
    const world = accounts(eve);
    world.before = (call) => {
      if (call === `getIamPolicy ${first}`) world.policies.delete(first ?? '');
    };
    expect(await stillWatched(world)).toEqual([]);
  });

  it('is still watched if one of its accounts could not be read', async () => {
    const world = accounts(eve);
    failCalls(world, new RegExp(`^getIamPolicy ${second}`), unavailable('Google'));
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('is still watched if we may not read an account that the ledger names', async () => {
    const world = accounts(eve);
    world.denied.add(second ?? '');
    setEntries(world, [entryFor(accountOf('b'))]);
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('is still watched if its accounts could not all be listed', async () => {
    const world = accounts(eve);
    failCalls(world, /^listServiceAccounts old-project/, unavailable('Google'));
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('is not delayed by a project that the file does name', async () => {
    const world = accounts(eve);
    failCalls(world, /^listServiceAccounts acme-data/, unavailable('Google'));
    expect(await stillWatched(world)).toEqual([]);
  });
});
