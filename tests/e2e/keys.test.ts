import type { LocalKey } from '../../local/google/keys.ts';
import { dayMilliseconds } from '../../shared/keys/time.ts';
import { keyReaderRole } from '../../shared/setup/custom-roles.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { documentOf, type Said, variablesOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import { runHere } from '../support/here.ts';
import { accountId, email, reader, writer } from '../support/settings.ts';

/** The table of docs/keys.md, from Google's responses to the command's output. */

const project = 'acme-data';
const keyId = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';
const person = 'user:auditor@acme.com';
const permissions = [
  'iam.serviceAccountKeys.list',
  'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
  'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
] as const;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
  for (const name of [reader, writer]) cloud.addServiceAccount(name);
  await cloud.createRole('reports', { 'google-access': reader });
  await cloud.settled();
  for (const permission of permissions)
    cloud.google.grant({ resource: `projects/${project}`, member: person, permissions: [permission] });
});
afterAll(() => cloud.close());

/** Policy Analyzer's days begin at 07:00 UTC. */
const daysAgo = (days: number): string =>
  `${new Date(Date.now() - days * dayMilliseconds).toISOString().slice(0, 10)}T07:00:00Z`;
/** The same for keys and their service account. Otherwise one of the keys may be the one used on the last day. */
const period = { startTime: daysAgo(366), endTime: daysAgo(0) };
const lastUse = (days?: number) => ({
  observationPeriod: period,
  ...(days === undefined ? {} : { lastAuthenticatedTime: daysAgo(days) }),
});
const accountName = `//iam.googleapis.com/projects/${project}/serviceAccounts/${reader}`;

/** The grant is minutes old, so only use dated tomorrow would be later. */
const afterTheGrant = lastUse(-1);

const keys = (...args: readonly string[]): Promise<Said> =>
  runHere(
    { ...variablesOf(cloud), GOOGLE_OAUTH_ACCESS_TOKEN: cloud.google.issueToken(person) },
    'keys',
    ...args,
  );
const clear = () => {
  for (const [id] of cloud.google.keys.of(reader))
    cloud.google.activities.remove(`${accountName}/keys/${id}`);
  cloud.google.keys.of(reader).clear();
  cloud.google.activities.remove(accountName);
};
beforeEach(() => {
  clear();
  cloud.google.enableServices(project, ['policyanalyzer.googleapis.com']);
});

interface Case {
  readonly name: string;
  readonly key?: Partial<LocalKey>;
  /** Days since the last use; undefined if no use was seen. */
  readonly use?: number | 'not seen';
  readonly account?: number | 'after the grant';
  readonly status: 0 | 1 | 2;
  readonly says: readonly RegExp[];
  /** Verbs of the printed commands. */
  readonly verbs?: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'unused',
    use: 'not seen',
    status: 2,
    says: [/ idle\n/, /Not used from \S+ to \S+, as far as Google has seen/, /1 key: 1 idle/],
    verbs: ['disable', 'enable', 'delete'],
  },
  {
    name: 'used two days ago',
    use: 2,
    account: 2,
    status: 0,
    says: [/ used\n/, /Last used on \S+, before the first grant, 2 days before the end/, /1 key: 1 used/],
    verbs: [],
  },
  {
    name: 'used before the grant, and the service account since',
    use: 200,
    account: 'after the grant',
    status: 2,
    says: [/ may be replaced\n/, /before the first grant, 200 days/, /federated access may have replaced/],
    verbs: ['disable', 'enable', 'delete'],
  },
  {
    name: 'disabled',
    key: { disabled: true },
    use: 'not seen',
    status: 0,
    says: [/ disabled\n/, /It is disabled\./],
    verbs: ['enable', 'delete'],
  },
  {
    name: 'expired',
    key: { validBeforeTime: '2025-01-01T00:00:00Z' },
    use: 'not seen',
    status: 0,
    says: [/ expired\n/, /It expired on 2025-01-01\./],
    verbs: ['delete'],
  },
  {
    name: 'leaked, and in use',
    key: { extendedStatus: [{ key: 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED', value: 'x' }] },
    use: 2,
    status: 2,
    says: [/ leaked\n/, /Google found its private half in public\./],
    verbs: ['disable', 'delete'],
  },
  {
    name: 'leaked, and disabled by Google',
    key: { disabled: true, disableReason: 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_COMPROMISE_DETECTED' },
    use: 2,
    status: 0,
    says: [/ disabled\n/, /Google detected that it was abused\./],
    verbs: ['delete'],
  },
  {
    name: 'an alert that this version does not know',
    key: { extendedStatus: [{ key: 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_SOLD', value: '' }] },
    use: 2,
    status: 2,
    says: [/an alert about it that this version does not know/],
    verbs: ['disable', 'delete'],
  },
  {
    name: 'no data',
    status: 0,
    says: [/ no data\n/, /Policy Analyzer has no record of it/, /1 key: 1 no data/],
    verbs: [],
  },
  {
    name: 'uploaded, and unused: when is not known',
    key: { keyOrigin: 'USER_PROVIDED' },
    use: 'not seen',
    status: 0,
    says: [/ not known .* no data\n/, /When it was created is not known/, /1 key: 1 no data/],
    verbs: [],
  },
  {
    name: 'a new key',
    key: { validAfterTime: daysAgo(10) },
    use: 'not seen',
    status: 0,
    says: [/ too early to judge\n/],
    verbs: [],
  },
];

const arrange = ({ key, use, account }: Pick<Case, 'key' | 'use' | 'account'>): void => {
  const name = cloud.google.keys.add(reader, keyId, key);
  if (use !== undefined) cloud.google.activities.set(name, lastUse(use === 'not seen' ? undefined : use));
  if (account !== undefined)
    cloud.google.activities.set(
      accountName,
      account === 'after the grant' ? afterTheGrant : lastUse(account),
    );
};

const verbsIn = ({ stdout }: Said): readonly string[] =>
  [
    ...stdout.matchAll(
      new RegExp(`service-accounts keys (\\w+) ${keyId} --iam-account ${reader} --project ${project}$`, 'gm'),
    ),
  ].map(([, verb = '']) => verb);

it.each(cases)('$name', async (one) => {
  arrange(one);
  const said = await keys();
  expect(said).toMatchObject({ status: one.status, stderr: '' });
  for (const text of one.says) expect(said.stdout).toMatch(text);
  expect(verbsIn(said)).toEqual(one.verbs);
  const json = await keys('--json');
  expect(json.status).toBe(one.status);
  expectDocument(['keys'], json);
});

it('the API is not enabled: prints how to enable it, and concludes nothing', async () => {
  arrange({ use: 'not seen' });
  cloud.google.project(project).services.delete('policyanalyzer.googleapis.com');
  const said = await keys();
  expect(said.status).toBe(1);
  expect(said.stdout).toMatch(/ not readable\n[^]*Its last use could not be read\./);
  expect(said.stdout).toMatch(
    /Not seen: the last use of the service accounts and keys of project acme-data \(.*Policy Analyzer API has not been used.*gcloud services enable policyanalyzer\.googleapis\.com --project \d+\)/,
  );
  expect(verbsIn(said)).toEqual([]);
  expect(documentOf(await keys('--json'))).toMatchObject({
    accounts: [
      { use: { kind: 'notEnabled' }, keys: [{ state: 'unread', use: { kind: 'notEnabled' }, commands: [] }] },
    ],
  });
});

it.each(permissions)('without the permission %s: names it, and concludes nothing', async (permission) => {
  arrange({ use: 'not seen', account: 2 });
  const stranger = 'user:stranger@acme.com';
  const revokes = permissions
    .filter((one) => one !== permission)
    .map((one) =>
      cloud.google.grant({ resource: `projects/${project}`, member: stranger, permissions: [one] }),
    );
  const token = { GOOGLE_OAUTH_ACCESS_TOKEN: cloud.google.issueToken(stranger) };
  const said = await runHere({ ...variablesOf(cloud), ...token }, 'keys');
  expect(said.status).toBe(1);
  expect(said.stdout).toContain(`You need ${permission} on `);
  expect(said.stdout).not.toMatch(/federated access may have replaced/);
  if (permission !== 'policyanalyzer.serviceAccountLastAuthenticationActivities.query')
    expect(verbsIn(said)).toEqual([]);
  expectDocument(['keys'], await runHere({ ...variablesOf(cloud), ...token }, 'keys', '--json'));
  for (const revoke of revokes) revoke();
});

describe('odd responses', () => {
  const answering = (method: string, answer: unknown) =>
    cloud.google.intercept((call) =>
      call.method === method && call.principal === person
        ? {
            kind: 'error',
            code: 200,
            status: '',
            message: '',
            body: { contentType: 'application/json', text: JSON.stringify(answer) },
          }
        : undefined,
    );
  const name = `projects/${project}/serviceAccounts/${reader}/keys/${keyId}`;

  it.each<readonly [string, unknown, RegExp]>([
    ['something else', { accounts: [] }, /the answer is not Google's/],
    ['no list', { keys: 'none' }, /is not a list/],
    ['no object', { keys: [1] }, /contains 1/],
    ['no name', { keys: [{}] }, /without name/],
    ['another account', { keys: [{ name: name.replace('reader', 'writer') }] }, /is not one of them/],
    ['a name for a shell', { keys: [{ name: name.replace(keyId, '$(id)') }] }, /is not one of them/],
  ])('keys: %s', async (_, answer, reason) => {
    const end = answering('iam.serviceAccountKeys.list', answer);
    const said = await keys();
    end();
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(reason);
    expect(said.stdout).not.toMatch(/without a user-managed key/);
  });

  it('keys: a server that answers {} to everything: reports "not seen", and not "no keys"', async () => {
    const ends = ['iam.serviceAccountKeys.list', 'iam.serviceAccounts.get'].map((method) =>
      answering(method, {}),
    );
    const said = await keys();
    for (const end of ends) end();
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(/Not seen: the keys of .*the answer is not Google's/);
    expect(said.stdout).not.toMatch(/without a user-managed key/);
  });

  it('a key without times, with an unknown type, origin and state', async () => {
    const key = {
      name,
      keyType: 'QUANTUM',
      validAfterTime: 'x',
      validBeforeTime: 5,
      disabled: 'no',
      extendedStatus: 7,
    };
    const end = answering('iam.serviceAccountKeys.list', { keys: [key] });
    cloud.google.activities.set(`${accountName}/keys/${keyId}`, lastUse());
    const said = await keys('--json');
    end();
    expectDocument(['keys'], said);
    expect(documentOf(said)).toMatchObject({
      accounts: [{ keys: [{ id: keyId, isDisabled: false, alerts: ['unknown'], state: 'leaked' }] }],
    });
    expect(said.stdout).not.toMatch(/createdAt|expiresAt|neverExpires/);
  });

  const activityOf = (changes: object) => ({
    fullResourceName: `${accountName}/keys/${keyId}`,
    observationPeriod: period,
    activity: { serviceAccountKey: {} },
    ...changes,
  });
  it.each<readonly [string, unknown]>([
    ['nothing', {}],
    ['another name', { activities: [activityOf({ fullResourceName: '//iam.googleapis.com/x' })] }],
    ['the name of the account', { activities: [activityOf({ fullResourceName: accountName })] }],
    ['no period', { activities: [activityOf({ observationPeriod: null })] }],
    ['no record of the activity', { activities: [activityOf({ activity: undefined })] }],
    ['an empty record of the activity', { activities: [activityOf({ activity: {} })] }],
    ['a renamed time', { activities: [activityOf({ activity: { lastSeen: daysAgo(3) } })] }],
    ['a time that is an object', { activities: [activityOf({ activity: { lastAuthenticatedTime: {} } })] }],
    [
      'a time in the future',
      { activities: [activityOf({ activity: { lastAuthenticatedTime: daysAgo(-30) } })] },
    ],
  ])('activities: %s: no data, and no command', async (_, answer) => {
    arrange({});
    const end = answering(permissions[1], answer);
    const said = await keys();
    end();
    expect(said.status).toBe(0);
    expect(said.stdout).toMatch(/ no data\n/);
    expect(verbsIn(said)).toEqual([]);
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['something else', { items: [] }, /the answer is not Google's/],
    ['no list', { activities: 'none' }, /is not a list/],
    ['no name', { activities: [{}] }, /without fullResourceName/],
    ['a list that never ends', { nextPageToken: 'again' }, /a page leads back to an earlier one/],
  ])('activities: %s: not seen', async (_, answer, reason) => {
    arrange({ use: 'not seen' });
    const end = answering(permissions[1], answer);
    const said = await keys();
    end();
    expect(said.status).toBe(1);
    expect(said.stdout).toMatch(reason);
    expect(verbsIn(said)).toEqual([]);
  });
});

it('reads several pages of activities', async () => {
  arrange({ use: 2 });
  for (let index = 0; index < 1100; index += 1)
    cloud.google.activities.set(`${accountName}/keys/${String(index).padStart(4, '0')}`, lastUse());
  expect((await keys()).stdout).toMatch(/1 key: 1 used/);
  for (let index = 0; index < 1100; index += 1)
    cloud.google.activities.remove(`${accountName}/keys/${String(index).padStart(4, '0')}`);
});

it('--all also reads service accounts without a grant', async () => {
  const name = cloud.google.keys.add(writer, keyId);
  cloud.google.activities.set(name, lastUse());
  expect((await keys()).stdout).toBe('1 service account without a user-managed key.\n');
  const revoke = cloud.google.grant({
    resource: `projects/${project}`,
    member: person,
    permissions: ['iam.serviceAccounts.list'],
  });
  const said = await keys('--all');
  revoke();
  expect(said.status).toBe(2);
  expect(said.stdout).toMatch(/^writer@acme-data\S+\n {2}No role has a grant\./m);
  expect(said.stdout).toMatch(/No role has a grant that could replace it/);
  const refused = await keys('--all');
  expect(refused.status).toBe(1);
  expect(refused.stdout).toMatch(
    /Not seen: the service accounts of project acme-data \(.*iam\.serviceAccounts\.list/,
  );
  cloud.google.keys.of(writer).clear();
});

describe('report --keys', () => {
  const report = (...args: readonly string[]): Promise<Said> =>
    runHere(variablesOf(cloud), 'report', '--keys', ...args);

  it('shows the same evidence as keys', async () => {
    arrange({ use: 200, account: 'after the grant' });
    const said = await report('--json');
    expectDocument(['report'], said);
    const { accounts, idleDays } = documentOf(await runHere(variablesOf(cloud), 'keys', '--json'));
    expect(documentOf(said)['keys']).toEqual({ idleDays, accounts });
    expect(accounts).toMatchObject([{ email: reader, keys: [{ id: keyId, state: 'replaced' }] }]);
    expect((await report()).stdout).toContain('\n  1 key: 1 may be replaced\n');
  });

  it('without the permission, names it among the blind spots, and concludes nothing', async () => {
    arrange({ use: 'not seen' });
    const end = cloud.google.intercept(({ method }) =>
      method.startsWith('policyanalyzer.') || method === 'iam.serviceAccountKeys.list'
        ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'refused' }
        : undefined,
    );
    const said = await report();
    end();
    expect(said.status).toBe(1);
    expect(said.stdout).toContain('  no key seen; those of 1 service account not known\n');
    expect(said.stdout).toMatch(/Not seen: the keys of reader@/);
  });
});

it('an account that Google does not find is reported as not seen', async () => {
  const gone = email('gone');
  cloud.addServiceAccount(gone);
  await cloud.createRole('app-gone', { 'google-access': gone });
  await cloud.settled();
  cloud.google.removeServiceAccount(gone);
  const said = await keys();
  expect(said).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/Not seen: the keys of gone@\S+ \(Google finds no service account gone@/),
  });
  cloud.addServiceAccount(gone);
  await cloud.deleteRole('app-gone');
  await cloud.settled();
});

it('setup --opt-in-keys grants exactly what the command needs, and enables the API', async () => {
  arrange({ use: 'not seen' });
  cloud.google.project(project).services.delete('policyanalyzer.googleapis.com');
  const member = 'user:reader-of-keys@acme.com';
  const asMember = { ...variablesOf(cloud), GOOGLE_OAUTH_ACCESS_TOKEN: cloud.google.issueToken(member) };
  expect(await runHere(asMember, 'keys', '--all')).toMatchObject({ status: 1 });
  expect(await runHere(variablesOf(cloud), 'setup', '--yes', '--opt-in-keys', member)).toMatchObject({
    status: 0,
  });
  const calls = cloud.google.calls.length;
  const said = await runHere(asMember, 'keys', '--all');
  expect(said).toMatchObject({ status: 2, stdout: expect.stringMatching(/1 key: 1 idle/) });
  // Google's refusal to describe an unknown account proves that the response comes from Google.
  const isProof = (permission: string): boolean => permission === 'iam.serviceAccounts.get';
  const used = cloud.google.calls
    .slice(calls)
    .flatMap(({ principal, permission = '' }) =>
      principal === member && !isProof(permission) ? [permission] : [],
    );
  expect([...new Set(used)].toSorted()).toEqual([...keyReaderRole(project).permissions].toSorted());
  // rolebridge itself has none of these permissions.
  const { serviceAccount } = cloud.file().google;
  const rows = cloud.google.project(project).policy.current().bindings ?? [];
  expect(
    rows
      .filter(({ members }) => members.includes(`serviceAccount:${serviceAccount}`))
      .map(({ role }) => role),
  ).not.toContain(keyReaderRole(project).name);
});

it.each([['0'], ['-1'], ['1.5'], ['soon'], ['99999']])('--idle-days %s is an error', async (days) => {
  expect(await keys(`--idle-days=${days}`)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`must be a whole number of days from 1 to 9999, not "${days}"`),
  });
});

it('--idle-days decides what counts as idle', async () => {
  arrange({ use: 99 });
  expect((await keys('--idle-days', '100')).status).toBe(0);
  expect((await keys('--idle-days', '99')).status).toBe(2);
});

it('shows the roles of the grants, and how long there have been any', async () => {
  arrange({ use: 2 });
  expect(documentOf(await keys('--json'))['accounts']).toContainEqual(
    expect.objectContaining({
      email: reader,
      roles: [{ partition: 'aws', accountId, roleName: 'reports' }],
    }),
  );
  expect((await keys()).stdout).toMatch(/Federated access since \d{4}-\d\d-\d\d: reports\./);
});
