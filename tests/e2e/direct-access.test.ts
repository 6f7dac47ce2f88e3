import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askForToken, credentialVariables } from '../../local/run-workload.ts';
import { type GoogleClients, startGoogleClients } from '../../local/testing/google-clients.ts';
import { memberOf } from '../../shared/core/member.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, variablesOf } from '../support/command-line.ts';
import { runHere } from '../support/here.ts';
import { roleRef, settings } from '../support/settings.ts';

const own = 'serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com';
const member = memberOf(settings, roleRef('reports'));
const key = 'google-access/in';

let cloud: Cloud;
let clients: GoogleClients | undefined;
beforeEach(async () => {
  cloud = await startCloud();
  await cloud.createRole('reports');
});
afterEach(async () => {
  clients?.close();
  clients = undefined;
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

const allow = (rules: readonly object[]): void =>
  cloud.reconfigure({ allow: rules.map((rule) => ({ roles: ['reports', 'app-*'], ...rule })) });
const give = async (value: string): Promise<void> => {
  await cloud.tag('reports', { [key]: value });
  await cloud.settled();
};
const take = async (): Promise<void> => {
  await cloud.untag('reports', key);
  await cloud.settled();
};
const published = (suffix = '', region = 'eu-west-1'): string =>
  cloud.aws.ssm.parameters(region).get(`/google-access/reports/in${suffix}`)?.value ?? '';
const outcomes = () => cloud.outcomes().map(({ type, detail: { reason } }) => [type, reason]);
const credentials = () =>
  credentialVariables(cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0'));

/** The role's own token, which names no service account. */
const federatedToken = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-direct-'));
  const path = join(folder, 'config.json');
  writeFileSync(path, published());
  const ran = await askForToken(path, { AWS_REGION: 'eu-west-1', ...credentials() });
  rmSync(folder, { recursive: true });
  return ran.output;
};
const statusOf = async (path: string, token: string, body?: object): Promise<number> => {
  const { status } = await fetch(`${cloud.google.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return status;
};
const withOrders = {
  tables: { orders: { fields: [{ name: 'id', type: 'INTEGER' }], rows: [[1]] } },
};
const denied = expect.objectContaining({ code: 403 });

it('a bucket: Google’s client reads it after the tag and, with the token that it has, no longer after the untag', async () => {
  const viewer = 'roles/storage.objectViewer';
  cloud.google.buckets.add('acme-in', 'acme-data');
  const { policy } = cloud.google.buckets.bucket('acme-in');
  const foreign = [
    { role: 'roles/storage.admin', members: [own] },
    { role: viewer, members: ['user:eve@example.com'] },
    {
      role: viewer,
      members: ['group:team@example.com'],
      condition: { title: 'theirs', expression: 'request.time < timestamp("2031-01-01T00:00:00Z")' },
    },
  ];
  policy.replace({ bindings: foreign });
  allow([{ grant: viewer, on: ['buckets/acme-in'], clientProject: 'acme-data' }]);
  await give(`${viewer} on buckets/acme-in`);
  expect(outcomes()).toEqual([['Granted', 'Granted; effective within minutes.']]);
  expect(policy.current().bindings).toEqual([
    foreign[0],
    { role: viewer, members: ['user:eve@example.com', member] },
    foreign[2],
  ]);
  expect(JSON.parse(published())).not.toHaveProperty('service_account_impersonation_url');
  expect(published('.project')).toBe('acme-data');

  clients = startGoogleClients(credentials());
  const storage = clients.client('storage', cloud, 'acme-data', JSON.parse(published()));
  await storage(['bucket', 'acme-in'], ['getFiles']);
  await take();
  expect(policy.current().bindings).toEqual(foreign);
  expect([published(), published('.project')]).toEqual(['', '']);
  await expect(storage(['bucket', 'acme-in'], ['getFiles'])).rejects.toEqual(denied);
  expect(outcomes().map(([type]) => type)).toEqual(['Granted', 'Revoked']);
});

it('without the stack, revoke --all ends it with the lists of the table, and members that were there before stay', async () => {
  const viewer = 'roles/storage.objectViewer';
  const before = memberOf(settings, roleRef('app-old'));
  cloud.google.buckets.add('acme-in', 'acme-data');
  const { policy } = cloud.google.buckets.bucket('acme-in');
  const ours = { role: 'roles/storage.admin', members: [own] };
  policy.replace({ bindings: [ours, { role: viewer, members: [before] }] });
  allow([{ grant: viewer, on: ['buckets/acme-in'], clientProject: 'acme-data' }]);
  await give(`${viewer} on buckets/acme-in`);
  expect(policy.current().bindings).toEqual([ours, { role: viewer, members: [before, member] }]);
  cloud.aws.lambda.functions.length = 0;
  const revoked = await runHere(variablesOf(cloud), 'revoke', '--all', '--yes');
  expect(policy.current().bindings).toEqual([ours, { role: viewer, members: [before] }]);
  expect(revoked).toMatchObject({ status: 0, stdout: expect.stringContaining('Proven: no binding') });
});

/** Role reports gets access to a bucket on which role app-old had it before. */
const useBucketOf = async (viewer: string): Promise<{ readonly bindings: () => unknown }> => {
  const before = memberOf(settings, roleRef('app-old'));
  cloud.google.buckets.add('acme-in', 'acme-data');
  const { policy } = cloud.google.buckets.bucket('acme-in');
  policy.replace({
    bindings: [
      { role: 'roles/storage.admin', members: [own] },
      { role: viewer, members: [before] },
    ],
  });
  await cloud.createRole('app-old');
  allow([{ grant: viewer, on: ['buckets/acme-in'], clientProject: 'acme-data' }]);
  await give(`${viewer} on buckets/acme-in`);
  await cloud.sweep();
  return { bindings: () => policy.current().bindings };
};

it('revoke --role proves nothing while a member that was there before gives access, and says who ends it', async () => {
  const viewer = 'roles/storage.objectViewer';
  await useBucketOf(viewer);
  const said = await command(variablesOf(cloud), 'revoke', '--role', 'app-old', '--yes');
  expect(said).toMatchObject({
    status: 1,
    stdout: [
      'Not proven gone: role app-old',
      `  bound on ${viewer} on buckets/acme-in, since before rolebridge used it`,
      `The sweep keeps what was there before, until you answer: rolebridge adopt --resource buckets/acme-in --google-role ${viewer} --role app-old --remove`,
      'To find the cause: rolebridge doctor --role app-old',
      '',
    ].join('\n'),
  });
});

it('adopt ends what was there before, even after the last rule for a Google role is gone', async () => {
  const viewer = 'roles/storage.objectViewer';
  const { bindings } = await useBucketOf(viewer);
  allow([{ to: '*@acme-data.iam.gserviceaccount.com' }]);
  const adopt = ['adopt', '--resource', 'buckets/acme-in', '--google-role', viewer, '--role', 'app-old'];
  expect(await command(variablesOf(cloud), ...adopt, '--remove', '--yes')).toMatchObject({ status: 0 });
  await cloud.settled();
  expect(bindings()).toEqual([{ role: 'roles/storage.admin', members: [own] }]);
});

it('a dataset: a query works with a second grant on the project, and authorized views and legacy roles stay', async () => {
  const viewer = 'roles/bigquery.dataViewer';
  const jobUser = 'roles/bigquery.jobUser';
  cloud.google.datasets.add('acme-data', 'sales', withOrders);
  const dataset = cloud.google.datasets.dataset('acme-data', 'sales');
  dataset.replace([
    { role: 'OWNER', userByEmail: own.replace('serviceAccount:', '') },
    { role: 'READER', specialGroup: 'projectReaders' },
    { view: { projectId: 'acme-data', datasetId: 'other', tableId: 'view' } },
  ]);
  const before = dataset.access();
  cloud.google.project('acme-data').policy.replace({
    bindings: [{ role: 'roles/resourcemanager.projectIamAdmin', members: [own] }],
  });
  allow([
    { grant: viewer, on: ['projects/acme-data/datasets/sales'] },
    { grant: jobUser, on: ['projects/acme-data'] },
  ]);
  await cloud.tag('reports', {
    [key]: `${viewer} on projects/acme-data/datasets/sales`,
    'google-access/jobs': `${jobUser} on projects/acme-data`,
  });
  await cloud.settled();
  expect(outcomes().map(([type]) => type)).toEqual(['Granted', 'Granted']);
  clients = startGoogleClients(credentials());
  const bigquery = clients.client('bigquery', cloud, 'acme-data', JSON.parse(published()));
  const rows = await bigquery(['query', 'SELECT * FROM `acme-data.sales.orders`']);
  expect(JSON.stringify(rows)).toContain('"id"');
  await take();
  expect(dataset.access()).toEqual(before);
  await expect(bigquery(['query', 'SELECT * FROM `acme-data.sales.orders`'])).rejects.toEqual(denied);
});

it.each([
  [
    'a secret',
    'roles/secretmanager.secretAccessor',
    'projects/acme-data/secrets/db-password',
    'roles/secretmanager.admin',
    '/v1/projects/acme-data/secrets/db-password/versions/latest:access',
    undefined,
  ],
  [
    'a topic',
    'roles/pubsub.publisher',
    'projects/acme-data/topics/orders',
    'roles/pubsub.admin',
    '/v1/projects/acme-data/topics/orders:publish',
    { messages: [{ data: 'eA==' }] },
  ],
  [
    'a subscription',
    'roles/pubsub.subscriber',
    'projects/acme-data/subscriptions/orders-in',
    'roles/pubsub.admin',
    '/v1/projects/acme-data/subscriptions/orders-in:pull',
    { maxMessages: 1 },
  ],
] as const)(
  '%s: allowed after the tag, refused after the untag with the same token',
  async (_, googleRole, resource, admin, path, body) => {
    cloud.google.secretManager.add('acme-data', 'db-password', 'first version');
    cloud.google.pubsub.addTopic('acme-data', 'orders');
    cloud.google.pubsub.addSubscription('acme-data', 'orders-in', 'orders');
    const { secretManager, pubsub } = cloud.google;
    const { policy: topic } = pubsub.addTopic('acme-data', 'orders');
    const { policy: subscription } = pubsub.addSubscription('acme-data', 'orders-in', 'orders');
    const id = resource.split('/').at(-1) ?? '';
    const policy = resource.includes('/secrets/')
      ? secretManager.secret('acme-data', id).policy
      : resource.includes('/topics/')
        ? topic
        : subscription;
    const foreign = [{ role: admin, members: [own, 'user:eve@example.com'] }];
    policy.replace({ bindings: foreign });
    allow([{ grant: googleRole, on: [resource] }]);
    await give(`${googleRole} on ${resource}`);
    expect(outcomes()).toEqual([['Granted', 'Granted; effective within minutes.']]);
    const token = await federatedToken();
    expect(await statusOf(path, token, body)).toBe(200);
    await take();
    expect(policy.current().bindings).toEqual(foreign);
    expect(await statusOf(path, token, body)).toBe(403);
  },
);

it('another tool’s rewrite of a dataset drops our entry, and the sweep restores it', async () => {
  const viewer = 'roles/bigquery.dataViewer';
  cloud.google.datasets.add('acme-data', 'sales', withOrders);
  const dataset = cloud.google.datasets.dataset('acme-data', 'sales');
  const foreign = [{ role: 'OWNER', userByEmail: own.replace('serviceAccount:', '') }];
  dataset.replace(foreign);
  allow([{ grant: viewer, on: ['projects/acme-data/datasets/sales'] }]);
  await give(`${viewer} on projects/acme-data/datasets/sales`);
  const granted = dataset.access();
  dataset.replace(foreign);
  await cloud.sweep();
  expect(dataset.access()).toEqual(granted);
});

it('a dangerous Google role is refused with the permission that decided it, and no resource is touched', async () => {
  cloud.google.buckets.add('acme-in', 'acme-data');
  const { policy } = cloud.google.buckets.bucket('acme-in');
  policy.replace({ bindings: [{ role: 'roles/storage.admin', members: [own] }] });
  const before = policy.current();
  allow([{ grant: 'roles/storage.objectAdmin', on: ['buckets/acme-in'], clientProject: 'acme-data' }]);
  await give('roles/storage.objectAdmin on buckets/acme-in');
  expect(outcomes()).toEqual([['Refused', expect.stringContaining('setIamPolicy, which is never granted')]]);
  expect(policy.current()).toEqual(before);
});

it('a bucket that is not opted in: the outcome reports it, and names the command', async () => {
  cloud.google.buckets.add('acme-in', 'acme-data');
  allow([{ grant: 'roles/storage.objectViewer', on: ['buckets/acme-in'], clientProject: 'acme-data' }]);
  await give('roles/storage.objectViewer on buckets/acme-in');
  expect(outcomes()).toEqual([
    ['Failed', expect.stringContaining('rolebridge setup --opt-in-resource buckets/acme-in')],
  ]);
  expect(published()).toBe('');
});
