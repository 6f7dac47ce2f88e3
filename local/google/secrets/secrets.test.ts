import { secretmanager } from 'googleapis/build/src/apis/secretmanager/index.js';
import { setMember } from '../../google-side.ts';
import { type Harness, memberOf, startHarness } from '../../testing/google-harness.ts';

const accessor = 'roles/secretmanager.secretAccessor';
const member = memberOf('reports');
const name = 'projects/acme-data/secrets/db-password';
let now: Date;
let world: Harness;
beforeEach(async () => {
  now = new Date('2029-01-01T00:00:00Z');
  world = await startHarness({ now: () => now });
  world.google.secretManager.add('acme-data', 'db-password', 'old', 'correct horse');
});
afterEach(() => world.close());

const clientWith = (auth: object) =>
  secretmanager({
    version: 'v1',
    rootUrl: `${world.google.url}/`,
    retry: false,
    validateStatus: () => true,
    ...auth,
  }).projects.secrets;
const admin = () => clientWith({ headers: { authorization: `Bearer ${world.google.adminToken}` } });
/** The same client object throughout a test, so it keeps its token. */
const federated = () => clientWith({ auth: world.awsClient() as never });
const policy = () => world.google.secretManager.secret('acme-data', 'db-password').policy;
const access = async (client: ReturnType<typeof federated>, version = 'latest') => {
  const { status, data } = await client.versions.access({ name: `${name}/versions/${version}` });
  return { status, data };
};
const write = (body: object) => admin().setIamPolicy({ resource: name, requestBody: { policy: body } });
const read = (version = 3) =>
  admin().getIamPolicy({ resource: name, 'options.requestedPolicyVersion': version });

it('a federated token reads a secret while the secret’s policy names its role', async () => {
  const client = federated();
  expect(await access(client)).toEqual({
    status: 403,
    data: {
      error: expect.objectContaining({
        code: 403,
        status: 'PERMISSION_DENIED',
        message: `Permission 'secretmanager.versions.access' denied for resource '${name}/versions/latest' (or it may not exist).`,
        details: [expect.objectContaining({ reason: 'IAM_PERMISSION_DENIED' })],
      }),
    },
  });
  setMember(policy(), accessor, member);
  const { number } = world.google.project('acme-data');
  expect(await access(client)).toEqual({
    status: 200,
    data: {
      name: `projects/${number}/secrets/db-password/versions/2`,
      payload: {
        data: Buffer.from('correct horse').toString('base64'),
        dataCrc32c: expect.stringMatching(/^\d+$/),
      },
    },
  });
  expect((await access(client, '1')).data.payload?.data).toBe(Buffer.from('old').toString('base64'));
  expect((await access(client, '3')).status).toBe(404);
  setMember(policy(), accessor, member, false);
  expect((await access(client)).status).toBe(403);
  expect(world.google.calls.filter(({ method }) => method === 'sts.token')).toHaveLength(1);
});

it('conditions read the time and the version', async () => {
  const client = federated();
  const when = (expression: string) =>
    policy().replace({
      bindings: [{ role: accessor, members: [member], condition: { title: 'x', expression } }],
    });
  when('request.time < timestamp("2029-01-01T00:10:00Z")');
  expect((await access(client)).status).toBe(200);
  now = new Date('2029-01-01T00:10:00Z');
  expect((await access(client)).status).toBe(403);
  when(
    'resource.type == "secretmanager.googleapis.com/SecretVersion" && resource.name.endsWith("/versions/1")',
  );
  expect([(await access(client, '1')).status, (await access(client)).status]).toEqual([200, 403]);
});

it('the policy starts empty, takes conditions in version 3, and answers 409 for a stale etag', async () => {
  const { data } = await read();
  expect(data).toEqual({ etag: 'ACAB' });
  const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
  const bindings = [{ role: accessor, members: [member], condition }];
  expect((await write({ version: 1, bindings })).status).toBe(400);
  expect((await write({ version: 3, bindings, etag: data.etag })).status).toBe(200);
  expect((await read()).data).toMatchObject({ version: 3, bindings });
  expect((await read(1)).data.bindings?.[0]?.role).toMatch(/_withcond_/);
  const stale = await write({ version: 3, bindings: [], etag: data.etag });
  expect([stale.status, stale.data]).toEqual([
    409,
    { error: expect.objectContaining({ status: 'ABORTED' }) },
  ]);
  const unsupported = await write({ bindings: [{ role: 'roles/storage.objectViewer', members: [member] }] });
  expect([unsupported.status, JSON.stringify(unsupported.data)]).toEqual([
    400,
    expect.stringContaining('Role roles/storage.objectViewer is not supported for this resource.'),
  ]);
});

it('each method needs its own permission', async () => {
  const owner = 'user:owner@acme.com';
  const client = clientWith({ headers: { authorization: `Bearer ${world.google.issueToken(owner)}` } });
  const call = {
    get: () => client.get({ name }),
    getIamPolicy: () => client.getIamPolicy({ resource: name }),
    setIamPolicy: () => client.setIamPolicy({ resource: name, requestBody: { policy: {} } }),
  };
  const permissions = Object.keys(call).map((verb) => `secretmanager.secrets.${verb}`);
  for (const [verb, perform] of Object.entries(call)) {
    const permission = `secretmanager.secrets.${verb}`;
    expect((await perform()).status).toBe(403);
    const revoke = world.google.grant({ resource: name, member: owner, permissions: [permission] });
    expect((await perform()).status).toBe(200);
    expect(world.google.calls.at(-1)).toMatchObject({ method: permission, permission, resource: name });
    const { data } = await client.testIamPermissions({ resource: name, requestBody: { permissions } });
    expect(data.permissions).toEqual([permission]);
    revoke();
  }
});

it('reveals that a secret does not exist only to a caller with the permission on its project', async () => {
  world.google.secretManager.remove('acme-data', 'db-password');
  const gone = await admin().get({ name });
  const { number } = world.google.project('acme-data');
  expect([gone.status, JSON.stringify(gone.data)]).toEqual([
    404,
    expect.stringContaining(`Secret [projects/${number}/secrets/db-password] not found.`),
  ]);
  expect((await access(admin())).status).toBe(404);
  expect((await access(federated())).status).toBe(403);
});
