import { reconcile } from '../../shared/app/reconcile.ts';
import { changeText } from '../../shared/core/drift.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { type AllowPolicy, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { deleteRole, type MemoryWorld, memoryPorts, setPolicy } from '../support/memory.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { drifted, requestOfDrift, runRepair, runSweep, settleAll } from '../support/sweeping.ts';
import {
  bindingsOf,
  bothPlaces,
  createWorld,
  member,
  parameterPlaces,
  sharedBinding,
  tagRole,
  takeWrites,
} from '../support/world.ts';

describe('a world in which everything matches', () => {
  it('has no drift, and is not written to', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const report = await runSweep(world);
    expect(report).toMatchObject({ rolesSeen: 1, parametersSeen: 2, drifts: [], blindSpots: [] });
    expect(world.drifts).toEqual([]);
    // The first sweep that sees a table in use records that.
    expect(takeWrites(world)).toEqual(['PutItem sweep table']);
    await runSweep(world);
    expect(takeWrites(world)).toEqual([]);
  });
});

describe('each kind of drift is found, and repaired by reconcile', () => {
  it('a role tagged before rolebridge was deployed', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await runSweep(world);
    expect(drifted(world)).toEqual([
      [
        'reports',
        `bind ${reader}`,
        'publish us-east-1 /google-access/reports/default',
        'publish eu-west-1 /google-access/reports/default',
      ],
    ]);
    await runRepair(world);
    expect(bindingsOf(world)).toEqual([{ ...sharedBinding, members: [...sharedBinding.members, member] }]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect((await runSweep(world)).drifts).toEqual([]);
  });

  it('a role whose deletion no event reported', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    deleteRole(world, reports);
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a binding of our pool that no tag and no parameter explains', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, {});
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
    await runSweep(world);
    expect(drifted(world)).toEqual([['reports', `unbind ${writer}`]]);
    await runRepair(world);
    expect(bindingsOf(world, writerPolicy)).toEqual([]);
  });

  it('a binding under another spelling of a role’s name', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const other = memberOf(settings, roleRef('Reports'));
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members: [other] }] });
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world, writerPolicy)).toEqual([]);
    expect(bindingsOf(world)).toEqual([{ ...sharedBinding, members: [...sharedBinding.members, member] }]);
  });

  it('a parameter that no tag requests', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, {});
    setPolicy(world, readerPolicy, { bindings: [sharedBinding] });
    await runSweep(world);
    await runRepair(world);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('a copy of a config at a name that no grant has', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const copy = world.parameters.get(bothPlaces[1] ?? '');
    if (copy === undefined) throw new Error('nothing was published');
    world.parameters.set('us-east-1 /google-access/reports/deep/er/default', copy);
    // This is not a role's folder: it is reported, and stays.
    world.parameters.set('us-east-1 /google-access/gone', copy);
    const report = await runSweep(world);
    await runRepair(world);
    expect(parameterPlaces(world)).toEqual([...bothPlaces, 'us-east-1 /google-access/gone'].toSorted());
    expect(report.leftAlone).toEqual([{ region: 'us-east-1', name: '/google-access/gone' }]);
  });

  it('an expired grant', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': `${reader} until 2026-11-24T13:00:00Z` });
    await settleAll(world);
    expect(bindingsOf(world)[1]?.condition).toEqual(untilCondition('2026-11-24T13:00:00Z'));
    world.now = new Date('2026-11-24T13:00:01Z');
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world)).toEqual([sharedBinding]);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it.each([
    [
      'wrong',
      (world: MemoryWorld, place: string) => world.parameters.set(place, { value: '{}', description: '' }),
    ],
    ['missing', (world: MemoryWorld, place: string) => world.parameters.delete(place)],
  ])('a config that is %s in one region', async (_, change) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const [place = ''] = bothPlaces;
    const right = world.parameters.get(place)?.value;
    change(world, place);
    await runSweep(world);
    expect(drifted(world)).toEqual([['reports', `publish ${place}`]]);
    await runRepair(world);
    expect(world.parameters.get(place)?.value).toBe(right);
  });

  it('a member of an account that is not configured: its namesake here keeps its parameters', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const stranger = memberOf(settings, { ...reports, accountId: '999988887777' });
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members: [stranger] }] });
    await runSweep(world);
    const [report] = await runRepair(world);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Revoked']);
    expect(bindingsOf(world, writerPolicy)).toEqual([]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(bindingsOf(world)[0]?.members).toContain(member);
  });
});

describe('modes', () => {
  it('upsert-only adds and never removes', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, {});
    tagRole(world, { 'google-access': reader }, 'app-new');
    const using: Settings = { ...settings, mode: 'upsert-only' };
    await runSweep(world, using);
    expect(world.drifts.map(({ role }) => role.roleName)).toEqual(['app-new']);
  });

  it('upsert-only: a moved tag is bound again, but the old binding stays', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, { 'google-access': writer });
    const using: Settings = { ...settings, mode: 'upsert-only' };
    await runSweep(world, using);
    await runRepair(world, using);
    expect(bindingsOf(world, writerPolicy).flatMap(({ members }) => members)).toContain(member);
    expect(bindingsOf(world).flatMap(({ members }) => members)).toContain(member);
    await runSweep(world, using);
    expect(world.drifts).toEqual([]);
  });

  it('dry-run writes nothing of any kind, and outcomes carry `planned`', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, {});
    tagRole(world, { 'google-access': reader }, 'app-new');
    const before = new Map(world.table);
    const using: Settings = { ...settings, mode: 'dry-run' };
    await runSweep(world, using);
    expect(world.drifts.map(({ role }) => role.roleName)).toEqual(['app-new', 'reports']);
    await runRepair(world, using);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([
      ['Granted', true],
      ['Revoked', true],
    ]);
    expect(world.table).toEqual(before);
    expect(takeWrites(world)).toEqual([]);
  });

  it('a dry run reports what it would hold', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    tagRole(world, {});
    const sweepSettings = { ...settings.sweep, maxRevocations: 0 };
    await runSweep(world, { ...settings, mode: 'dry-run', sweep: sweepSettings });
    expect(world.drifts).toEqual([]);
    expect(world.held[0]).toMatchObject({ count: 1, limit: 0, planned: true });
  });
});

describe('anything that is not ours', () => {
  it('is reported, and left alone', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    world.parameters.set('us-east-1 /google-access/reports/theirs', { value: 'hello', description: '' });
    const ours = world.parameters.get(bothPlaces[0] ?? '') ?? { value: '', description: '' };
    world.parameters.set('us-east-1 /google-access/.zz/default', ours);
    const report = await runSweep(world);
    expect(report.leftAlone).toEqual([
      { region: 'us-east-1', name: '/google-access/reports/theirs' },
      { region: 'us-east-1', name: '/google-access/.zz/default' },
    ]);
    expect(report.drifts).toEqual([]);
  });

  it('is never changed, if it is the binding that lets our functions act: it is only read', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    const own = serviceAccountResource(settings.google.serviceAccount);
    const using = { ...settings, google: { ...settings.google, projects: ['acme-identity', 'acme-data'] } };
    setPolicy(world, own, {
      bindings: [
        { role: workloadIdentityUser, members: [memberOf(settings, roleRef('rolebridge-prod-reconcile'))] },
      ],
    });
    const report = await runSweep(world, using);
    expect(report.drifts).toEqual([]);
    expect(report.blindSpots).toEqual([]);
    expect(world.calls.filter((call) => /^set.*rolebridge@/.test(call))).toEqual([]);
  });

  it('cannot be named by a message, if it is a parameter of another role', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const [name = ''] = bothPlaces.map((place) => place.split(' ')[1]);
    const forged = requestOfDrift({
      role: roleRef('nobody'),
      strays: [
        { region: 'us-east-1', name },
        { region: 'us-east-1', name: '/other/nobody/default' },
      ],
    });
    await reconcile(settings, memoryPorts(world), [forged]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(world.calls.filter((call) => call.startsWith('GetParametersByPath'))).toEqual([
      'GetParametersByPath us-east-1 /google-access/nobody',
      'GetParametersByPath eu-west-1 /google-access/nobody',
    ]);
  });

  it('is not read, if it is a second name of an account, such as its unique id', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const byId = 'projects/acme-data/serviceAccounts/117123456789012345678';
    const ports = memoryPorts(world);
    const aliased = (resource: string) => (resource === byId ? readerPolicy : resource);
    const policies = {
      read: (resource: string) => ports.policies.read(aliased(resource)),
      write: (resource: string, policy: AllowPolicy) => ports.policies.write(aliased(resource), policy),
    };
    const value = (world.parameters.get(bothPlaces[1] ?? '')?.value ?? '').replace(
      reader,
      '117123456789012345678',
    );
    world.parameters.set('us-east-1 /google-access/reports/x', { value, description: '' });
    const forged = requestOfDrift({ role: reports, resources: [byId], released: [byId] });
    await reconcile(settings, { ...ports, policies }, [forged, { ...forged, namedKeys: 'all' }]);
    expect(bindingsOf(world)).toEqual([{ ...sharedBinding, members: [...sharedBinding.members, member] }]);
  });

  it('is ignored, if it is a role of another partition under our account’s id', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await settleAll(world);
    const stranger = memberOf(settings, { ...reports, partition: 'aws-us-gov' });
    setPolicy(world, writerPolicy, { bindings: [{ role: workloadIdentityUser, members: [stranger] }] });
    await runSweep(world);
    await runRepair(world);
    expect(bindingsOf(world, writerPolicy)).toEqual([]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
  });

  it('without a configured account, there is no sweep', async () => {
    await expect(
      runSweep(createWorld({ readerBindings: [sharedBinding] }), { ...settings, accounts: [] }),
    ).rejects.toThrow(PermanentError);
  });
});

it('a change is described in one line', () => {
  expect(
    changeText({
      kind: 'unpublish',
      id: '',
      grants: [],
      behind: [],
      pool: '',
      region: 'eu-west-1',
      name: '/a/b/c',
    }),
  ).toBe('unpublish eu-west-1 /a/b/c');
});
