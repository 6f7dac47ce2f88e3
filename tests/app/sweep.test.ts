import { reconcile } from '../../shared/app/reconcile.ts';
import { changeText } from '../../shared/core/drift.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { type AllowPolicy, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, memoryPorts, setPolicy, setRole } from '../support/memory.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import {
  bindings,
  both,
  drifted,
  foreign,
  member,
  places,
  readerPolicy,
  repair,
  requestOf,
  run,
  settleAll,
  tag,
  user,
  world,
  writerPolicy,
  writes,
} from '../support/sweeping.ts';

describe('a world in which everything is as it should be', () => {
  it('drifts nowhere, and is not written to', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const report = await run(made);
    expect(report).toMatchObject({ rolesSeen: 1, parametersSeen: 2, drifts: [], blindSpots: [] });
    expect(made.drifts).toEqual([]);
    // The first sweep that sees a table in use remembers that.
    expect(writes(made)).toEqual(['PutItem sweep table']);
    await run(made);
    expect(writes(made)).toHaveLength(1);
  });
});

describe('each kind of drift is found, and repaired by reconcile', () => {
  it('a role tagged before rolebridge was there', async () => {
    const made = world();
    tag(made, reader);
    await run(made);
    expect(drifted(made)).toEqual([
      [
        'reports',
        `bind ${reader}`,
        'publish us-east-1 /google-access/reports/default',
        'publish eu-west-1 /google-access/reports/default',
      ],
    ]);
    await repair(made);
    expect(bindings(made)).toEqual([{ ...foreign, members: [...foreign.members, member] }]);
    expect(places(made)).toEqual(both);
    expect((await run(made)).drifts).toEqual([]);
  });

  it('a role whose deletion nobody told', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    deleteRole(made, reports);
    await run(made);
    await repair(made);
    expect(bindings(made)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
  });

  it('a binding of our pool that no tag and no parameter explains', async () => {
    const made = world();
    setRole(made, reports, []);
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [member] }] });
    await run(made);
    expect(drifted(made)).toEqual([['reports', `unbind ${writer}`]]);
    await repair(made);
    expect(bindings(made, writerPolicy)).toEqual([]);
  });

  it('a binding under another spelling of a role’s name', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const other = memberOf(settings, roleRef('Reports'));
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [other] }] });
    await run(made);
    await repair(made);
    expect(bindings(made, writerPolicy)).toEqual([]);
    expect(bindings(made)).toEqual([{ ...foreign, members: [...foreign.members, member] }]);
  });

  it('a parameter that nobody asks for', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setRole(made, reports, []);
    setPolicy(made, readerPolicy, { bindings: [foreign] });
    await run(made);
    await repair(made);
    expect(places(made)).toEqual([]);
  });

  it('a copy of a config at a name that no grant has', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const copy = made.parameters.get(both[1] ?? '');
    if (copy === undefined) throw new Error('nothing was published');
    made.parameters.set('us-east-1 /google-access/reports/deep/er/default', copy);
    // No role's folder is meant by this one: it is told, and stays.
    made.parameters.set('us-east-1 /google-access/gone', copy);
    const report = await run(made);
    await repair(made);
    expect(places(made)).toEqual([...both, 'us-east-1 /google-access/gone'].toSorted());
    expect(report.leftAlone).toEqual([{ region: 'us-east-1', name: '/google-access/gone' }]);
  });

  it('an expired grant', async () => {
    const made = world();
    tag(made, `${reader} until 2026-11-24T13:00:00Z`);
    await settleAll(made);
    expect(bindings(made)[1]?.condition).toEqual(untilCondition('2026-11-24T13:00:00Z'));
    made.now = new Date('2026-11-24T13:00:01Z');
    await run(made);
    await repair(made);
    expect(bindings(made)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
  });

  it.each([
    [
      'wrong',
      (made: MemoryWorld, place: string) => made.parameters.set(place, { value: '{}', description: '' }),
    ],
    ['missing', (made: MemoryWorld, place: string) => made.parameters.delete(place)],
  ])('a config that is %s in one region', async (_, change) => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const [place = ''] = both;
    const right = made.parameters.get(place)?.value;
    change(made, place);
    await run(made);
    expect(drifted(made)).toEqual([['reports', `publish ${place}`]]);
    await repair(made);
    expect(made.parameters.get(place)?.value).toBe(right);
  });

  it('a member of an account that is not configured: its namesake here keeps its parameters', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const stranger = memberOf(settings, { ...reports, accountId: '999988887777' });
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [stranger] }] });
    await run(made);
    const [report] = await repair(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Revoked']);
    expect(bindings(made, writerPolicy)).toEqual([]);
    expect(places(made)).toEqual(both);
    expect(bindings(made)[0]?.members).toContain(member);
  });
});

describe('modes', () => {
  it('upsert-only adds and never takes away', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setRole(made, reports, []);
    tag(made, reader, 'app-new');
    const using: Settings = { ...settings, mode: 'upsert-only' };
    await run(made, using);
    expect(made.drifts.map(({ role }) => role.roleName)).toEqual(['app-new']);
  });

  it('upsert-only: a tag that moved is bound anew, though the old binding stays', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    tag(made, writer);
    const using: Settings = { ...settings, mode: 'upsert-only' };
    await run(made, using);
    await repair(made, using);
    expect(bindings(made, writerPolicy).flatMap(({ members }) => members)).toContain(member);
    expect(bindings(made).flatMap(({ members }) => members)).toContain(member);
    await run(made, using);
    expect(made.drifts).toEqual([]);
  });

  it('dry-run writes nothing of any kind, and outcomes carry `planned`', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setRole(made, reports, []);
    tag(made, reader, 'app-new');
    const before = new Map(made.table);
    const using: Settings = { ...settings, mode: 'dry-run' };
    await run(made, using);
    expect(made.drifts.map(({ role }) => role.roleName)).toEqual(['app-new', 'reports']);
    await repair(made, using);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([
      ['Granted', true],
      ['Revoked', true],
    ]);
    expect(made.table).toEqual(before);
    expect(writes(made)).toEqual([]);
  });

  it('a dry run reports what it would hold', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setRole(made, reports, []);
    const sweepSettings = { ...settings.sweep, maxRevocations: 0 };
    await run(made, { ...settings, mode: 'dry-run', sweep: sweepSettings });
    expect(made.drifts).toEqual([]);
    expect(made.held[0]).toMatchObject({ count: 1, limit: 0, planned: true });
  });
});

describe('what is not ours', () => {
  it('is told, and left alone', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    made.parameters.set('us-east-1 /google-access/reports/theirs', { value: 'hello', description: '' });
    const ours = made.parameters.get(both[0] ?? '') ?? { value: '', description: '' };
    made.parameters.set('us-east-1 /google-access/.zz/default', ours);
    const report = await run(made);
    expect(report.leftAlone).toEqual([
      { region: 'us-east-1', name: '/google-access/reports/theirs' },
      { region: 'us-east-1', name: '/google-access/.zz/default' },
    ]);
    expect(report.drifts).toEqual([]);
  });

  it('the binding that lets our functions act is never looked at', async () => {
    const made = world();
    const own = serviceAccountResource(settings.google.serviceAccount);
    const using = { ...settings, google: { ...settings.google, projects: ['acme-identity', 'acme-data'] } };
    setPolicy(made, own, {
      bindings: [{ role: user, members: [memberOf(settings, roleRef('rolebridge-prod-reconcile'))] }],
    });
    const report = await run(made, using);
    expect(report.drifts).toEqual([]);
    expect(made.calls.filter((call) => call.includes('rolebridge@'))).toEqual([]);
  });

  it('a message cannot point to parameters of another role', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const [name = ''] = both.map((place) => place.split(' ')[1]);
    const forged = requestOf({
      role: roleRef('nobody'),
      strays: [
        { region: 'us-east-1', name },
        { region: 'us-east-1', name: '/other/nobody/default' },
      ],
    });
    await reconcile(settings, memoryPorts(made), [forged]);
    expect(places(made)).toEqual(both);
    expect(made.calls.filter((call) => call.startsWith('GetParametersByPath'))).toEqual([
      'GetParametersByPath us-east-1 /google-access/nobody',
      'GetParametersByPath eu-west-1 /google-access/nobody',
    ]);
  });

  it('a second name of an account, its unique id, is no account to look at', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const byId = 'projects/acme-data/serviceAccounts/117123456789012345678';
    const ports = memoryPorts(made);
    const aliased = (resource: string) => (resource === byId ? readerPolicy : resource);
    const policies = {
      read: (resource: string) => ports.policies.read(aliased(resource)),
      write: (resource: string, policy: AllowPolicy) => ports.policies.write(aliased(resource), policy),
    };
    const value = (made.parameters.get(both[1] ?? '')?.value ?? '').replace(reader, '117123456789012345678');
    made.parameters.set('us-east-1 /google-access/reports/x', { value, description: '' });
    const forged = requestOf({ role: reports, resources: [byId], released: [byId] });
    await reconcile(settings, { ...ports, policies }, [forged, { ...forged, namedKeys: 'all' }]);
    expect(bindings(made)).toEqual([{ ...foreign, members: [...foreign.members, member] }]);
  });

  it('a role of another partition under our account’s id is none of ours', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const stranger = memberOf(settings, { ...reports, partition: 'aws-us-gov' });
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [stranger] }] });
    await run(made);
    await repair(made);
    expect(bindings(made, writerPolicy)).toEqual([]);
    expect(places(made)).toEqual(both);
  });

  it('no configured account, no sweep', async () => {
    await expect(run(world(), { ...settings, accounts: [] })).rejects.toThrow(PermanentError);
  });
});

it('a change is named in one line', () => {
  expect(
    changeText({
      kind: 'unpublish',
      id: '',
      grants: [],
      resources: [],
      pool: '',
      region: 'eu-west-1',
      name: '/a/b/c',
    }),
  ).toBe('unpublish eu-west-1 /a/b/c');
});
