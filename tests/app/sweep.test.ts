import {
  deleteRole,
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  memoryWorld,
  setPolicy,
  setRole,
  unavailable,
} from '../../shared/adapters/memory.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf as asRequest } from '../../shared/app/request-of.ts';
import type { RoleRequest } from '../../shared/app/role-request.ts';
import { sweep } from '../../shared/app/sweep.ts';
import { changeText } from '../../shared/core/drift.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { type AllowPolicy, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { parseMessage } from '../../shared/core/message.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { accountId, email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';

const key = 'google-access';
const user = 'roles/iam.workloadIdentityUser';
const readerPolicy = serviceAccountResource(reader);
const writerPolicy = serviceAccountResource(writer);
const member = memberOf(settings, reports);
const foreign = { role: user, members: ['user:eve@example.com'] };

const world = (): MemoryWorld => {
  const made = memoryWorld(now);
  setPolicy(made, readerPolicy, { bindings: [foreign] });
  setPolicy(made, writerPolicy, {});
  return made;
};
const tag = (made: MemoryWorld, value: string, roleName = 'reports') =>
  setRole(made, roleRef(roleName), [{ key, value }]);

/** As the drift rule and the queue bring it to the function. */
const requestOf = (detail: unknown): RoleRequest => {
  const body = { source: 'rolebridge', 'detail-type': 'Google Access Drift Detected', id: 'd-1', detail };
  const message = parseMessage(JSON.stringify(body), [accountId]);
  if (message.kind !== 'drift') throw new Error(`not a drift: ${JSON.stringify(message)}`);
  return asRequest(message, false);
};
const repair = async (made: MemoryWorld, using: Settings = settings) => {
  const requests = made.drifts.splice(0).map(requestOf);
  return reconcile(using, memoryPorts(made), requests);
};
const run = (made: MemoryWorld, using: Settings = settings, approve?: string) =>
  sweep(using, memorySweepPorts(made), approve === undefined ? {} : { approve });
/** Grants what the tags ask for, as events would have. */
const settleAll = async (made: MemoryWorld, using: Settings = settings) => {
  await run(made, using);
  await repair(made, using);
  made.calls.length = 0;
  made.outcomes.length = 0;
};
const bindings = (made: MemoryWorld, resource = readerPolicy) =>
  made.policies.get(resource)?.policy.bindings ?? [];
const places = (made: MemoryWorld) => [...made.parameters.keys()].toSorted();
const writes = (made: MemoryWorld) =>
  made.calls.filter((call) => /^(Put|Delete|set)/.test(call) && call !== 'PutEvents');
const drifted = (made: MemoryWorld) =>
  made.drifts.map(({ role, changes }) => [role.roleName, ...changes] as const);
const both = ['eu-west-1 /google-access/reports/default', 'us-east-1 /google-access/reports/default'];

describe('a world in which everything is as it should be', () => {
  it('drifts nowhere, and is not written to', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const report = await run(made);
    expect(report).toMatchObject({ rolesSeen: 1, parametersSeen: 2, drifts: [], blindSpots: [] });
    expect(made.drifts).toEqual([]);
    expect(writes(made)).toEqual([]);
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
        'publish us-east-1 /google-access/reports/default',
        'publish eu-west-1 /google-access/reports/default',
        `bind ${reader}`,
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

describe('what the file no longer names', () => {
  it('a region is cleared, and then forgotten', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const one: Settings = { ...settings, regions: ['us-east-1'] };
    expect((await run(made, one)).dropped).toEqual([
      { kind: 'region', name: 'eu-west-1', droppedAt: now.toISOString() },
    ]);
    await repair(made, one);
    expect(places(made)).toEqual(['us-east-1 /google-access/reports/default']);
    expect(bindings(made)[0]?.members).toContain(member);
    // A function that started under the old file may still write for a while.
    expect((await run(made, one)).dropped).toHaveLength(1);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await run(made, one)).dropped).toEqual([]);
    expect(made.scope.map(({ name }) => name)).not.toContain('eu-west-1');
  });

  it('a first region is given up only when the new one has the record', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const moved: Settings = { ...settings, regions: ['ap-south-1'] };
    await run(made, moved);
    await repair(made, moved);
    expect(places(made)).toEqual(['ap-south-1 /google-access/reports/default']);
    expect(writes(made)[1]).toBe('PutParameter ap-south-1 /google-access/reports/default');
  });

  it('a prefix is cleared as long as it is named as a former one', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    await run(made, renamed);
    await repair(made, renamed);
    expect(places(made)).toEqual(['eu-west-1 /gcp/reports/default', 'us-east-1 /gcp/reports/default']);
    expect(bindings(made)[0]?.members).toContain(member);
  });

  it('a new prefix within the old one is not taken for a role of it', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const nested: Settings = { ...settings, parameterPrefix: '/google-access/v2' };
    // A role of a like name is no part of the new prefix.
    tag(made, reader, 'app-v2');
    await run(made, nested);
    await repair(made, nested);
    expect(places(made)).toContain('us-east-1 /google-access/v2/reports/default');
    expect((await run(made, nested)).drifts.map(({ ref }) => ref.roleName)).not.toContain('v2');
  });

  it('a former prefix is told of until it is cleared; then it may be taken out of the file', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const renamed: Settings = {
      ...settings,
      parameterPrefix: '/gcp',
      formerParameterPrefixes: ['/google-access'],
    };
    expect((await run(made, renamed)).dropped.map(({ name }) => name)).toEqual(['/google-access']);
    await repair(made, renamed);
    expect((await run(made, renamed)).dropped).toEqual([]);
    const done = await run(made, { ...renamed, formerParameterPrefixes: [] });
    expect(done).toMatchObject({ dropped: [], blindSpots: [], drifts: [] });
    expect(made.scope.map(({ name }) => name)).not.toContain('/google-access');
  });

  it('a dropped project that was deleted is forgotten, a configured one is a blind spot', async () => {
    const made = world();
    await run(made, { ...settings, google: { ...settings.google, projects: ['gone-data', 'acme-data'] } });
    made.before = (call) => {
      if (call === 'listServiceAccounts gone-data')
        throw new PermanentError('no such project', { because: 'missing' });
    };
    const named = { ...settings, google: { ...settings.google, projects: ['gone-data', 'acme-data'] } };
    expect((await run(made, named)).blindSpots).toHaveLength(1);
    expect(await run(made)).toMatchObject({ blindSpots: [], dropped: [{ name: 'gone-data' }] });
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await run(made)).dropped).toEqual([]);
  });

  it('a project that the file still names by its other name is forgotten under the old one', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    made.scope = [...made.scope, { kind: 'project', name: '999', droppedAt: '2026-11-20T00:00:00Z' }];
    const ports = memorySweepPorts(made);
    const serviceAccounts = (project: string) =>
      ports.listings.serviceAccounts(project === '999' ? 'acme-data' : project);
    await sweep(settings, { ...ports, listings: { ...ports.listings, serviceAccounts } });
    expect(made.scope.map(({ name }) => name)).not.toContain('999');
  });

  it('a memory that cannot be written is told, and keeps no role from its repair', async () => {
    const made = world();
    tag(made, reader);
    made.before = (call) => {
      if (call === 'PutParameter scope') throw unavailable(call);
    };
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual(['what this configuration names, for later']);
    expect(report.drifts).toHaveLength(1);
  });

  it('a project loses all that was given in it', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    const google = { ...settings.google, projects: ['other-project'] };
    const other: Settings = { ...settings, google };
    const report = await run(made, other);
    expect(report.dropped.map(({ name }) => name)).toEqual(['acme-data', 'example.com:legacy']);
    await repair(made, other);
    expect(bindings(made)).toEqual([foreign]);
    expect(places(made)).toEqual([]);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    expect((await run(made, other)).dropped).toEqual([]);
  });

  it('a project is not forgotten while an account of it cannot be read', async () => {
    const made = world();
    await run(made);
    const other: Settings = { ...settings, google: { ...settings.google, projects: ['other-project'] } };
    await run(made, other);
    made.now = new Date(now.getTime() + 61 * 60 * 1000);
    made.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await run(made, other)).dropped.map(({ name }) => name)).toEqual(['acme-data']);
  });
});

describe('an incomplete look', () => {
  const fail = (made: MemoryWorld, pattern: RegExp, after = 0) => {
    let seen = 0;
    made.before = (call) => {
      if (!pattern.test(call)) return;
      seen += 1;
      if (seen > after) throw unavailable(call);
    };
  };
  const many = async (): Promise<MemoryWorld> => {
    const made = world();
    for (const roleName of ['app-a', 'app-b', 'reports']) tag(made, reader, roleName);
    await settleAll(made);
    made.pageSize = 1;
    return made;
  };

  it('of the roles: those seen are repaired, the others do not count as gone', async () => {
    const made = await many();
    made.parameters.delete('eu-west-1 /google-access/app-a/default');
    fail(made, /^GetAccountAuthorizationDetails/, 2);
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the roles of account ${accountId}`]);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of the parameters: none counts as missing, those seen and not asked for are taken away', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    setPolicy(made, readerPolicy, {
      bindings: [
        { role: user, members: ['app-b', 'reports'].map((name) => memberOf(settings, roleRef(name))) },
      ],
    });
    fail(made, /^GetParametersByPath/, 2);
    const report = await run(made);
    expect(report.blindSpots).toHaveLength(2);
    expect(
      drifted(made).flatMap(([, ...changes]) => changes.filter((change) => !change.startsWith('unpublish'))),
    ).toEqual([]);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of an allow policy: nothing is concluded about that account', async () => {
    const made = await many();
    fail(made, new RegExp(`^getIamPolicy ${readerPolicy}`));
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual([`the allow policy of ${reader}`]);
    expect(made.drifts).toEqual([]);
  });

  it('of a project: accounts that tags name are looked at all the same', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    fail(made, /^listServiceAccounts/);
    const report = await run(made);
    expect(report.blindSpots).toHaveLength(2);
    expect(drifted(made).map(([name]) => name)).toEqual(['app-a']);
  });

  it('of its own memory: it goes on, and forgets nothing', async () => {
    const made = await many();
    const before = made.scope;
    fail(made, /^GetParameter scope/);
    const report = await run(made, { ...settings, regions: ['us-east-1'] });
    expect(report.blindSpots.map(({ what }) => what)).toEqual(['what earlier configurations named']);
    expect(made.scope).toBe(before);
  });

  it('a refusal on an account that nothing ties to us means that its owner did not opt in', async () => {
    const made = await many();
    made.denied.add(writerPolicy);
    const report = await run(made);
    expect(report).toMatchObject({ notOptedIn: 1, blindSpots: [], drifts: [] });
  });

  it('any other refusal, such as of our own sign-in, is a blind spot and nobody’s choice', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    made.before = (call) => {
      if (call.startsWith('getIamPolicy')) throw new PermanentError('could not sign in to Google');
    };
    const report = await run(made);
    expect(report).toMatchObject({ notOptedIn: 0, drifts: [], policiesRead: 0 });
    expect(report.blindSpots).toHaveLength(2);
  });

  it('a dropped project that may not be listed is a blind spot, and is not forgotten', async () => {
    const made = await many();
    made.scope = [...made.scope, { kind: 'project', name: 'old-data', droppedAt: '2026-11-20T00:00:00Z' }];
    made.before = (call) => {
      if (call === 'listServiceAccounts old-data')
        throw new PermanentError('no lister role', { because: 'notPermitted' });
    };
    const report = await run(made);
    expect(report.blindSpots.map(({ what }) => what)).toEqual(['the service accounts of project old-data']);
    expect(report.dropped.map(({ name }) => name)).toEqual(['old-data']);
  });

  it('an account that is not there has no policy to read', async () => {
    const made = await many();
    tag(made, 'nobody@acme-data.iam.gserviceaccount.com', 'app-x');
    expect(await run(made)).toMatchObject({ policiesRead: 2, blindSpots: [] });
  });

  it('a memory that could be written in the end is no blind spot', async () => {
    const made = world();
    let attempts = 0;
    made.before = (call) => {
      if (call === 'PutParameter scope' && (attempts += 1) === 1) throw unavailable(call);
    };
    expect((await run(made)).blindSpots).toEqual([]);
    expect(made.scope.map(({ name }) => name)).toContain('acme-data');
  });

  it('a refusal on an account that a parameter names is a read that could not be made', async () => {
    const made = await many();
    setRole(made, roleRef('app-a'), []);
    made.denied.add(readerPolicy);
    await run(made);
    const [report] = await repair(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(places(made)).toContain('us-east-1 /google-access/app-a/default');
  });

  it('an account that was bound and cannot be read at repair time does not pass for repaired', async () => {
    const made = world();
    setRole(made, reports, []);
    setPolicy(made, writerPolicy, { bindings: [{ role: user, members: [member] }] });
    await run(made);
    made.denied.add(writerPolicy);
    const [report] = await repair(made);
    expect(report?.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    made.denied.clear();
    made.before = () => {
      throw unavailable('everything');
    };
    await expect(run(made)).rejects.toThrow('everything is not available');
  });
});

describe('the brake', () => {
  const narrow: Settings = {
    ...settings,
    sweep: { ...settings.sweep, maxRevocations: 2 },
    allow: [{ to: 'nobody@acme-data.iam.gserviceaccount.com', roles: ['nobody'] }],
  };
  const names = ['app-a', 'app-b', 'app-c'];
  const granted = async (): Promise<MemoryWorld> => {
    const made = world();
    for (const name of names) tag(made, reader, name);
    await settleAll(made);
    return made;
  };
  const boundNames = (made: MemoryWorld) =>
    names.filter((name) =>
      bindings(made).some(({ members }) => members.includes(memberOf(settings, roleRef(name)))),
    );

  it('holds when the guardrail takes more away than maxRevocations: nothing is revoked, and it is told', async () => {
    const made = await granted();
    const report = await run(made, narrow);
    expect(report.brake).toMatchObject({ kind: 'held', count: 3, limit: 2 });
    expect(made.drifts).toEqual([]);
    expect(made.held).toHaveLength(1);
    expect(made.held[0]).toMatchObject({ count: 3, limit: 2, revocations: { length: 3 } });
    expect(boundNames(made)).toEqual(names);
  });

  it('lets this very plan pass once it is approved, and no other', async () => {
    const made = await granted();
    await run(made, narrow);
    const [{ hash } = { hash: '' }] = made.held;
    await run(made, narrow, '0123456789abcdef');
    expect(made.drifts).toEqual([]);
    expect((await run(made, narrow, hash)).brake).toEqual({ kind: 'released', count: 3 });
    await repair(made, narrow);
    expect(boundNames(made)).toEqual([]);
    expect(places(made)).toEqual([]);
    for (const name of [...names, 'reports']) tag(made, reader, name);
    await settleAll(made);
    expect((await run(made, narrow, hash)).brake.kind).toBe('held');
  });

  it('holds under every spelling of a role’s name, since reconcile looks at all of them', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    deleteRole(made, reports);
    setRole(made, roleRef('Reports'), []);
    const bound = [{ role: user, members: [memberOf(settings, roleRef('Reports'))] }];
    setPolicy(made, readerPolicy, { bindings: bound });
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } };
    expect((await run(made, braked)).brake).toMatchObject({ kind: 'held', count: 1 });
    await repair(made, braked);
    expect(places(made)).toEqual([]);
    expect(bindings(made)).toEqual(bound);
  });

  it('does not count deleted roles and expired grants, and lets binds, publishes and narrower repairs go on', async () => {
    const made = await granted();
    tag(made, `${writer} until 2026-11-24T13:00:00Z`, 'app-old');
    tag(made, writer, 'app-gone');
    tag(made, writer, 'app-wide');
    await settleAll(made);
    made.now = new Date('2026-11-24T13:00:01Z');
    deleteRole(made, roleRef('app-gone'));
    tag(made, `${writer} until 2026-12-01`, 'app-wide');
    tag(made, writer, 'app-new');
    for (const name of names) setRole(made, roleRef(name), []);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    const report = await run(made, braked);
    expect(report.brake).toMatchObject({ kind: 'held', count: 3 });
    await repair(made, braked);
    expect(boundNames(made)).toEqual(names);
    expect(bindings(made, writerPolicy)).toEqual([
      {
        role: user,
        members: [memberOf(settings, roleRef('app-wide'))],
        condition: untilCondition('2026-12-02T00:00:00Z'),
      },
      { role: user, members: [memberOf(settings, roleRef('app-new'))] },
    ]);
  });

  it('holds what a moved tag would take away, its record included', async () => {
    const made = await granted();
    for (const name of names) tag(made, writer, name);
    const braked: Settings = { ...settings, sweep: { ...settings.sweep, maxRevocations: 2 } };
    await run(made, braked);
    await repair(made, braked);
    expect(boundNames(made)).toEqual(names);
    expect(writes(made)).toEqual([]);
  });

  it('a role event of its own is not held, whatever drift comes with it', async () => {
    const made = await granted();
    setRole(made, roleRef('app-a'), []);
    const drift = requestOf({ role: roleRef('app-a'), released: [] });
    await reconcile(settings, memoryPorts(made), [drift]);
    expect(boundNames(made)).toEqual(names);
    await reconcile(settings, memoryPorts(made), [drift, { ...drift, mayRevoke: 'everything' }]);
    expect(boundNames(made)).toEqual(['app-b', 'app-c']);
  });

  it('a policy that could not be read is no way around it', async () => {
    const made = await granted();
    made.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable('Google');
    };
    expect((await run(made, narrow)).drifts).toEqual([]);
    made.before = () => undefined;
    await repair(made, narrow);
    expect(boundNames(made)).toEqual(names);
    expect(places(made)).toHaveLength(6);
  });

  it('a drift from before the guardrail was narrowed does not revoke what was not counted', async () => {
    const made = await granted();
    made.parameters.delete('eu-west-1 /google-access/app-a/default');
    await run(made);
    const [old] = made.drifts;
    made.drifts.length = 0;
    await run(made, narrow);
    if (old !== undefined) made.drifts.push(old);
    await repair(made, narrow);
    expect(boundNames(made)).toEqual(names);
  });

  it('roles that were not seen could not be counted: then nothing is revoked', async () => {
    const made = await granted();
    for (const name of names) setRole(made, roleRef(name), []);
    made.pageSize = 2;
    let pages = 0;
    made.before = (call) => {
      if (call === 'GetAccountAuthorizationDetails' && (pages += 1) > 1) throw unavailable(call);
    };
    const report = await run(made);
    expect(report.brake).toEqual({ kind: 'blind', count: 2 });
    expect(made.held).toEqual([]);
    await repair(made);
    expect(boundNames(made)).toEqual(names);
  });

  it('roles that are granted while the sweep looks are no revocations', async () => {
    const made = await granted();
    made.before = async (call) => {
      if (call !== 'GetAccountAuthorizationDetails') return;
      made.before = () => undefined;
      const late = ['app-d', 'app-e', 'app-f'].map((name) => ({ ...requestOf({ role: roleRef(name) }) }));
      for (const { ref } of late) tag(made, reader, ref.roleName);
      await reconcile(
        settings,
        memoryPorts(made),
        late.map((one) => ({ ...one, mayRevoke: 'everything' }) as const),
      );
    };
    expect((await run(made, { ...settings, sweep: { ...settings.sweep, maxRevocations: 0 } })).brake).toEqual(
      {
        kind: 'released',
        count: 0,
      },
    );
  });

  it('access that has ended by itself does not count, though its tag is gone', async () => {
    const made = world();
    for (const name of names) tag(made, `${reader} until 2026-11-24T13:00:00Z`, name);
    await settleAll(made);
    for (const name of names) setRole(made, roleRef(name), []);
    made.now = new Date('2026-11-24T13:00:00Z');
    expect((await run(made, narrow)).brake).toEqual({ kind: 'released', count: 0 });
    await repair(made, narrow);
    expect(boundNames(made)).toEqual([]);
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

  it('dry-run writes nothing of any kind, and outcomes carry `planned`', async () => {
    const made = world();
    tag(made, reader);
    await settleAll(made);
    setRole(made, reports, []);
    tag(made, reader, 'app-new');
    made.scope = [];
    const using: Settings = { ...settings, mode: 'dry-run' };
    await run(made, using);
    expect(made.drifts.map(({ role }) => role.roleName)).toEqual(['app-new', 'reports']);
    await repair(made, using);
    expect(made.outcomes.map(({ type, detail }) => [type, detail.planned])).toEqual([
      ['Granted', true],
      ['Revoked', true],
    ]);
    expect(made.scope).toEqual([]);
    expect(writes(made)).toEqual([]);
  });

  it('a dry run under the brake tells what it would hold', async () => {
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
    await reconcile(settings, { ...ports, policies }, [forged, { ...forged, mayRevoke: 'everything' }]);
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
      after: [],
      grants: [],
      email: email('x'),
      region: 'eu-west-1',
      name: '/a/b/c',
    }),
  ).toBe('unpublish eu-west-1 /a/b/c');
});
