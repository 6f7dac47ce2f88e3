import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { LocalBinding } from '../../local/google/policies.ts';
import type { Json } from '../../local/stack/template.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { authorize, deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { email, reader, reports, roleRef, settings, writer } from '../support/settings.ts';

const key = 'google-access';
const both = ['eu-west-1 /google-access/reports/default', 'us-east-1 /google-access/reports/default'];
const foreign = { role: 'roles/iam.serviceAccountUser', members: ['user:eve@example.com'] };
// Sweeps in the tests do not have to spare booting instances.
const sweepSettings = { maxRevocations: 2, parameterReadsPerSecond: 1000 };
let clock: Date | undefined;
let cloud: Cloud;

const start = async (): Promise<void> => {
  clock = undefined;
  cloud = await startCloud({ settings: { sweep: sweepSettings }, now: () => clock ?? new Date() });
  cloud.addServiceAccount(reader, { bindings: [foreign] });
  cloud.addServiceAccount(writer, { bindings: [foreign] });
};
const close = async (): Promise<void> => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
};

/** From here on, no IAM event arrives: only the sweep can find changes. */
const loseEvents = () => {
  cloud.aws.bus.deliveryOf = ({ source }) => (source === 'aws.iam' ? 'lose' : 'deliver');
};
const granted = async (roleName = 'reports', value = reader) => {
  await cloud.createRole(roleName, { [key]: value });
  await cloud.settled();
  expect(cloud.boundTo(value.split(' ')[0] ?? '')).toContain(roleName);
};
const bindings = (account: string) => cloud.bindingsOf(account);
const addBinding = (account: string, member: string) => {
  const cell = cloud.google.policy(account);
  const { bindings: before = [], ...rest } = cell.current();
  cell.replace({ ...rest, bindings: [...before, { role: workloadIdentityUser, members: [member] }] });
};
const valueAt = (place: string) => {
  const [region = '', name = ''] = place.split(' ');
  return cloud.aws.ssm.parameters(region).get(name)?.value;
};
const expectAsItWas = () => {
  expect(bindings(reader)).toEqual([
    foreign,
    { role: workloadIdentityUser, members: [memberOf(settings, reports)] },
  ]);
  expect(cloud.parameterPlaces()).toEqual(both);
};

describe('each kind of drift is found and repaired by the deployed stack', () => {
  beforeEach(start);
  afterEach(close);

  it('a role that was tagged before rolebridge was deployed', async () => {
    loseEvents();
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
    await cloud.sweep();
    expectAsItWas();
    expect(cloud.outcomeTypes()).toEqual(['Drift Detected', 'Granted']);
  });

  it('a role whose UntagRole event was lost', async () => {
    await granted();
    loseEvents();
    await cloud.untag('reports', key);
    await cloud.sweep();
    expect(bindings(reader)).toEqual([foreign]);
    expect(cloud.parameterPlaces()).toEqual([]);
    expect(cloud.outcomeTypes()).toEqual(['Granted', 'Drift Detected', 'Revoked']);
  });

  it('a role that no longer exists', async () => {
    await granted();
    loseEvents();
    await cloud.deleteRole('reports');
    await cloud.sweep();
    expect(bindings(reader)).toEqual([foreign]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('a role created again under an old name, without a tag', async () => {
    await granted();
    loseEvents();
    await cloud.deleteRole('reports');
    await cloud.createRole('reports');
    await cloud.sweep();
    expect(bindings(reader)).toEqual([foreign]);
  });

  it('an expired grant', async () => {
    const atEnd = (end: string) => `${reader} until ${end}`;
    await granted('reports', atEnd('2099-01-01T00:00:00Z'));
    expect(bindings(reader)[1]).toMatchObject({ condition: untilCondition('2099-01-01T00:00:00Z') });
    // Its expiry is moved into the past, everywhere and unnoticed: as if the time had come, by the function's own
    // clock.
    const past = '2026-01-01T00:00:00Z';
    loseEvents();
    await cloud.tag('reports', { [key]: atEnd(past) });
    const policy = cloud.google.policy(reader);
    const { bindings: before = [], ...rest } = policy.current();
    const ended = ({ condition, ...binding }: LocalBinding): LocalBinding =>
      condition === undefined ? binding : { ...binding, condition: untilCondition(past) };
    policy.replace({ ...rest, bindings: before.map(ended) });
    expect(bindings(reader)[1]).toMatchObject({ condition: untilCondition(past) });
    await cloud.sweep();
    expect(bindings(reader)).toEqual([foreign]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('no drift: a second sweep finds nothing and writes nothing', async () => {
    await granted();
    await cloud.sweep();
    const before = cloud.aws.calls.length;
    const answer = await cloud.invokeSweep();
    expect(answer).toMatchObject({ drifted: [], blindSpots: [], notOptedIn: [] });
    const writes = cloud.aws.calls.slice(before).filter(({ action }) => /Put|Delete/.test(action));
    expect(writes).toEqual([]);
  });
});

/** All cases share one world: the sweep brings everything back to the state in which each case began. */
describe('drift that the sweep reverts completely', () => {
  beforeAll(async () => {
    await start();
    await granted();
  });
  afterAll(close);

  it('a binding of our pool that no tag explains', async () => {
    addBinding(writer, memberOf(settings, roleRef('app-stray')));
    addBinding(writer, memberOf(settings, reports));
    await cloud.sweep();
    expect(bindings(writer)).toEqual([foreign]);
    expectAsItWas();
  });

  it('a member of an account that is not configured, while its namesake here keeps its access', async () => {
    addBinding(writer, memberOf(settings, { ...reports, accountId: '999988887777' }));
    await cloud.sweep();
    expect(bindings(writer)).toEqual([foreign]);
    expectAsItWas();
  });

  it('a binding that someone removed by hand', async () => {
    cloud.google.policy(reader).replace({ bindings: [foreign] });
    cloud.optIn(reader);
    await cloud.sweep();
    expectAsItWas();
  });

  it('a parameter that no tag asks for', async () => {
    const value = valueAt(both[0] ?? '') ?? '';
    for (const name of ['/google-access/reports/old', '/google-access/gone/default'])
      cloud.aws.ssm.parameters('eu-west-1').set(name, { name, value, description: '', version: 1 });
    await cloud.sweep();
    expectAsItWas();
  });

  it.each([
    ['wrong', 'us-east-1 /google-access/reports/default'],
    ['missing', 'us-east-1 /google-access/reports/default'],
    ['wrong', 'eu-west-1 /google-access/reports/default'],
    ['missing', 'eu-west-1 /google-access/reports/default'],
  ])('a config that is %s: %s', async (how, place) => {
    const right = valueAt(place);
    const [region = '', name = ''] = place.split(' ');
    const parameters = cloud.aws.ssm.parameters(region);
    if (how === 'missing') parameters.delete(name);
    else parameters.set(name, { name, value: '{}', description: '', version: 2 });
    await cloud.sweep();
    expect(valueAt(place)).toBe(right);
    expectAsItWas();
  });
});

const withProjects = (...projects: readonly string[]) => {
  const { google } = parse(readFileSync(cloud.configPath, 'utf8')) as { google: object };
  return { google: { ...google, projects } };
};

describe('a change of rolebridge.yml', () => {
  beforeEach(start);
  afterEach(close);

  const names = ['app-a', 'app-b', 'app-c'];
  const narrow = [{ to: writer, roles: ['app-*', 'reports'] }];

  it('a narrowed guardrail revokes what is no longer allowed, within the revocation limit', async () => {
    for (const name of names) await granted(name);
    cloud.reconfigure({ allow: narrow });
    const held = await cloud.invokeSweep();
    await cloud.settled();
    expect(held).toMatchObject({
      limits: [{ accountId: reports.accountId, kind: 'held', held: 3, limit: 2 }],
      drifted: [],
    });
    expect(cloud.boundTo(reader)).toEqual(names);
    const [reported] = cloud.details('Revocations Held');
    expect(reported).toMatchObject({
      accountId: reports.accountId,
      count: 3,
      limit: 2,
      reason: expect.stringContaining('sweep --approve'),
    });
    expect(cloud.stack.logs.join('\n')).toContain('"RevocationsHeld":3');

    const approved = await cloud.answer({ kind: 'approve', hash: String(reported?.['hash']) });
    await cloud.settled();
    expect(approved).toMatchObject({ limits: [{ kind: 'released', approved: 3 }], drifted: [{}, {}, {}] });
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('a held list approved while the world changes: what is on it and still due is released, and nothing else', async () => {
    for (const name of [...names, 'app-d', 'app-e']) await granted(name);
    cloud.reconfigure({ allow: [...narrow, { to: reader, roles: ['app-d', 'app-e', 'reports'] }] });
    await cloud.invokeSweep();
    await cloud.settled();
    const [reported] = cloud.details('Revocations Held');
    expect(reported).toMatchObject({ count: 3 });
    // One role changes its target by itself, one is deleted, and three more lose their access in the guardrail.
    await cloud.tag('app-a', { [key]: writer });
    await cloud.deleteRole('app-b');
    await cloud.settled();
    await granted('reports');
    cloud.reconfigure({ allow: narrow });
    const again = await cloud.invokeSweep();
    await cloud.settled();
    expect(again).toMatchObject({ limits: [{ kind: 'held', held: 4 }] });
    expect(cloud.boundTo(reader)).toEqual(['app-c', 'app-d', 'app-e', 'reports']);

    // This is the first list, of which one access is still due. The three others are beyond the limit, and stay.
    const approved = await cloud.answer({ kind: 'approve', hash: String(reported?.['hash']) });
    await cloud.settled();
    expect(approved).toMatchObject({ limits: [{ kind: 'held', approved: 1, released: 1, held: 3 }] });
    expect(cloud.boundTo(reader)).toEqual(['app-d', 'app-e', 'reports']);
    const [revoked] = cloud.details('Revoked').slice(-1);
    expect(revoked).toMatchObject({
      role: { roleName: 'app-c' },
      answeredBy: expect.stringContaining('arn:aws:'),
    });
    expect(cloud.boundTo(writer)).toEqual(['app-a']);
  });

  it('a hash under which no list is stored is refused, and nothing is done', async () => {
    expect(await cloud.answer({ kind: 'approve', hash: '0123456789abcdef' })).toEqual({
      refused: expect.stringContaining('No complete list of held revocations'),
    });
  });

  it('two revocations are within the limit', async () => {
    for (const name of names.slice(0, 2)) await granted(name);
    cloud.reconfigure({ allow: narrow });
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.details('Revocations Held')).toEqual([]);
  });

  it('an approval that is not a hash is an error, and starts no sweep', async () => {
    expect(await cloud.stack.invoke('sweep', { approve: 'all' })).toMatchObject({ kind: 'threw' });
  });

  it('a dropped region is cleared', async () => {
    await granted();
    await cloud.sweep();
    cloud.reconfigure({ regions: ['us-east-1'] });
    await cloud.sweep();
    expect(cloud.parameterPlaces()).toEqual(['us-east-1 /google-access/reports/default']);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('a dropped prefix is cleared, and its roles keep their access under the new one', async () => {
    await cloud.close();
    // stack/parameter-arns.ts makes this of the two prefixes. The packaged template only knows the old one.
    const withBoth = (document: Json): Json =>
      JSON.parse(
        JSON.stringify(document).replaceAll(/\{"Fn::Sub":[^}]+\}|"arn:[^"]+"/g, (arn) =>
          arn.includes('parameter/google-access')
            ? `${arn},${arn.replace('parameter/google-access', 'parameter/gcp')}`
            : arn,
        ),
      ) as Json;
    cloud = await startCloud({
      settings: { sweep: sweepSettings },
      authorize: (call, policies) => authorize(call, policies.map(withBoth)),
    });
    cloud.addServiceAccount(reader, { bindings: [foreign] });
    await granted();
    await cloud.sweep();
    cloud.reconfigure({ parameterPrefix: '/gcp', formerParameterPrefixes: ['/google-access'] });
    await cloud.sweep();
    expect(cloud.parameterPlaces()).toEqual([
      'eu-west-1 /gcp/reports/default',
      'us-east-1 /gcp/reports/default',
    ]);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(await cloud.invokeSweep()).toMatchObject({ drifted: [], blindSpots: [] });
  });

  it('a prefix that is dropped without naming it is reported as a blind spot, and nothing is lost', async () => {
    await granted();
    await cloud.sweep();
    cloud.reconfigure({ parameterPrefix: '/google-access/v2' });
    const answer = await cloud.invokeSweep();
    await cloud.settled();
    expect(JSON.stringify(answer['blindSpots'])).toContain('AccessDenied');
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    deniedCalls.length = 0;
  });

  it('a dropped project loses what was granted in it, although its accounts no longer have tags', async () => {
    const other = 'reader@other-data.iam.gserviceaccount.com';
    const { serviceAccount } = settings.google;
    cloud.google.addServiceAccount(other, 'other-data');
    cloud.google.optIn(other, serviceAccount);
    cloud.google.grantLister('other-data', serviceAccount);
    cloud.reconfigure(withProjects('acme-data', 'other-data'));
    // From here on, what is used is remembered.
    await cloud.createRole('app-other', { 'google-access': reader });
    await cloud.settled();
    addBinding(other, memberOf(settings, reports));
    cloud.reconfigure(withProjects('acme-data'));
    expect(await cloud.invokeSweep()).toMatchObject({ dropped: [{ kind: 'project', name: 'other-data' }] });
    await cloud.settled();
    expect(cloud.boundTo(other)).toEqual([]);
  });

  it('mode dry-run: nothing is written, and the report shows what would be done', async () => {
    await granted();
    loseEvents();
    await cloud.untag('reports', key);
    cloud.reconfigure({ mode: 'dry-run' });
    const before = cloud.aws.calls.length;
    const googleBefore = cloud.google.calls.length;
    await cloud.sweep();
    expectAsItWas();
    expect(
      cloud.google.calls.slice(googleBefore).filter(({ method }) => method.endsWith('.setIamPolicy')),
    ).toEqual([]);
    expect(
      cloud.aws.calls
        .slice(before)
        .filter(({ action }) => action.endsWith('Parameter') && !action.includes('Get')),
    ).toEqual([]);
    expect(cloud.details('Revoked')).toMatchObject([{ planned: true }]);
  });

  it('mode upsert-only: adds, and never revokes', async () => {
    await granted();
    loseEvents();
    await cloud.untag('reports', key);
    await cloud.createRole('app-new', { [key]: writer });
    cloud.reconfigure({ mode: 'upsert-only' });
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.boundTo(writer)).toEqual(['app-new']);
  });
});

describe('what the sweep cannot see', () => {
  beforeEach(start);
  afterEach(close);

  it.each([
    ['iam:GetAccountAuthorizationDetails', 'the roles of account'],
    ['ssm:GetParametersByPath', 'the parameters under /google-access in eu-west-1'],
  ])('%s is denied: the sweep reports it, and nothing counts as gone', async (action, what) => {
    await granted();
    const release = cloud.aws.intercept((call) =>
      call.action === action && (call.region === 'eu-west-1' || action.startsWith('iam'))
        ? { kind: 'error', status: 403, code: 'AccessDenied', message: 'not today' }
        : undefined,
    );
    const answer = await cloud.invokeSweep();
    await cloud.settled();
    release();
    expect(answer['blindSpots']).toMatchObject([{ what: expect.stringContaining(what) }]);
    expectAsItWas();
    expect(cloud.stack.logs.join('\n')).toContain('"SweepBlindSpots":1');
  });

  it('an account that is not opted in is read with the lister role, and is not a blind spot', async () => {
    cloud.google.addServiceAccount(email('private'), 'acme-data');
    expect(await cloud.invokeSweep()).toMatchObject({ notOptedIn: [], notReadable: [], blindSpots: [] });
  });
});
