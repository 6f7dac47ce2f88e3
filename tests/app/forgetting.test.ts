import { sweep } from '../../shared/app/sweep.ts';
import { type Binding, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { type ScopeKind, usedScope } from '../../shared/core/scope.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type MemoryWorld, memorySweepPorts, setPolicy, unavailable } from '../support/memory.ts';
import { reader, roleRef, settings } from '../support/settings.ts';
import { binding, configOf } from '../support/snapshot.ts';
import { entryFor, setEntries, setUsed, usedNames } from '../support/table.ts';
import { createWorld, failCalls } from '../support/world.ts';

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
  // Former prefixes are told as well; the file remembers them.
  const remembered = rest.filter(({ isFormer }) => isFormer === undefined);
  const names = new Set(usedScope(using).map((used) => used.name));
  expect(usedNames(world).filter((name) => !names.has(name))).toEqual(remembered.map(({ name }) => name));
  return remembered.map(({ name }) => name);
};

describe('a region that the file no longer names', () => {
  const region = 'eu-west-3';

  it.each<[string, string, typeof ours, boolean]>([
    ['empty', 'us-east-1 /google-access/reports/default', ours, false],
    ['with others’ parameters', `${region} /google-access/reports/default`, theirs, false],
    ['with a parameter of ours', `${region} /google-access/reports/default`, ours, true],
    ['with one of ours under a former prefix', `${region} /former/reports/default`, ours, true],
  ])('%s: watched on is %s', async (_, place, parameter, isWatched) => {
    const world = dropped('region', region);
    world.parameters.set(place, parameter);
    world.parameters.set(`${region} /google-access/theirs`, theirs);
    expect(await stillWatched(world)).toEqual(isWatched ? [region] : []);
  });

  it('that could not be looked through to its end is watched on', async () => {
    const world = dropped('region', region);
    failCalls(world, /^GetParametersByPath eu-west-3 \/former/, unavailable('SSM'));
    expect(await stillWatched(world)).toEqual([region]);
  });

  it('is not held up by a region that the file does name', async () => {
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
  ])('%s: watched on is %s', async (_, place, parameter, isWatched) => {
    const world = dropped('prefix', prefix);
    world.parameters.set(place, parameter);
    expect(await stillWatched(world)).toEqual(isWatched ? [prefix] : []);
  });

  it('that could not be looked through is watched on', async () => {
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

  it('in which others alone are bound is forgotten', async () => {
    expect(await stillWatched(accounts(eve))).toEqual([]);
  });

  it('in which a role is bound on one account is watched on', async () => {
    expect(await stillWatched(accounts(eve, binding([roleRef('reports')])))).toEqual([project]);
  });

  it('invariant 4: whose accounts may not be read is watched on, recorded or not', async () => {
    const world = accounts(eve);
    world.denied.add(second ?? '');
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('whose account was deleted after it was listed is forgotten', async () => {
    const world = accounts(eve);
    world.before = (call) => {
      if (call === `getIamPolicy ${first}`) world.policies.delete(first ?? '');
    };
    expect(await stillWatched(world)).toEqual([]);
  });

  it('of which an account could not be read is watched on', async () => {
    const world = accounts(eve);
    failCalls(world, new RegExp(`^getIamPolicy ${second}`), unavailable('Google'));
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('of which an account may not be read that the ledger names is watched on', async () => {
    const world = accounts(eve);
    world.denied.add(second ?? '');
    setEntries(world, [entryFor(accountOf('b'))]);
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('whose accounts could not all be listed is watched on', async () => {
    const world = accounts(eve);
    failCalls(world, /^listServiceAccounts old-project/, unavailable('Google'));
    expect(await stillWatched(world)).toEqual([project]);
  });

  it('is not held up by a project that the file does name', async () => {
    const world = accounts(eve);
    failCalls(world, /^listServiceAccounts acme-data/, unavailable('Google'));
    expect(await stillWatched(world)).toEqual([]);
  });
});
