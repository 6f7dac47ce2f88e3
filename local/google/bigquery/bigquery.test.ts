import { bigquery as bigqueryApi } from 'googleapis/build/src/apis/bigquery/index.js';
import { setMember } from '../../google-side.ts';
import {
  type Call,
  type Client,
  type GoogleClients,
  startGoogleClients,
} from '../../testing/google-clients.ts';
import { type Harness, memberOf, startHarness } from '../../testing/google-harness.ts';
import type { AccessEntry } from './access-entries.ts';

const member = memberOf('reports');
const viewer = 'roles/bigquery.dataViewer';
let now: Date;
let world: Harness;
beforeEach(async () => {
  now = new Date('2029-01-01T00:00:00Z');
  world = await startHarness({ now: () => now });
  world.google.datasets.add('acme-data', 'sales', {
    tables: {
      orders: {
        fields: [
          { name: 'id', type: 'INTEGER' },
          { name: 'city', type: 'STRING' },
        ],
        rows: [
          [1, 'Basel'],
          [2, null],
        ],
      },
    },
  });
});
afterEach(() => world.close());
let clients: GoogleClients;
beforeAll(() => {
  clients = startGoogleClients();
});
afterAll(() => clients.close());

/** The unmodified client. A federated token is its only credential. */
const federated: Client = (...calls) => clients.client('bigquery', world, 'acme-data')(...calls);
/** The first of the client's results: the others are the next query and the raw answer. */
const first: Client = async (...calls) => ((await federated(...calls)) as readonly unknown[])[0];
const query = (sql: string): Promise<unknown> => first(['query', sql]);
const sales = () => world.google.datasets.dataset('acme-data', 'sales');
const own: AccessEntry = { role: viewer, iamMember: member };
const grant = (entry = own) => sales().replace([...sales().access(), entry]);
const jobUser = (isIn = true) =>
  setMember(world.google.project('acme-data').policy, 'roles/bigquery.jobUser', member, isIn);

const admin = (token = world.google.adminToken) =>
  bigqueryApi({
    version: 'v2',
    rootUrl: `${world.google.url}/`,
    headers: { authorization: `Bearer ${token}` },
    retry: false,
    validateStatus: () => true,
  });
const names = { projectId: 'acme-data', datasetId: 'sales' };
const read = (accessPolicyVersion = 3, token?: string) =>
  admin(token).datasets.get({ ...names, accessPolicyVersion, datasetView: 'ACL' });
const write = (
  access: readonly object[],
  { etag = '*', accessPolicyVersion = 3, token = world.google.adminToken } = {},
) =>
  admin(token).datasets.patch(
    { ...names, accessPolicyVersion, updateMode: 'UPDATE_ACL', requestBody: { access: access as never } },
    { headers: { 'If-Match': etag } },
  );
const textOf = (answer: { readonly data: unknown }): string => JSON.stringify(answer.data);

describe('@google-cloud/bigquery with a federated token', () => {
  it('needs jobs.create on the project and getData on the dataset', async () => {
    await expect(query('SELECT 1 AS one')).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining(
        'Access Denied: Project acme-data: User does not have bigquery.jobs.create permission in project acme-data.',
      ),
      errors: [{ reason: 'accessDenied' }],
    });
    jobUser();
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(query('SELECT * FROM `acme-data.sales.orders`')).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining(
        'Access Denied: Table acme-data:sales.orders: User does not have permission to query table acme-data:sales.orders, or perhaps it does not exist.',
      ),
    });
    grant();
    expect(await query('SELECT * FROM `acme-data.sales.orders`')).toEqual([
      { id: 1, city: 'Basel' },
      { id: 2, city: null },
    ]);
    expect(await query('SELECT COUNT(*) AS n, "x" AS x FROM sales.orders')).toEqual([{ n: 2, x: 'x' }]);
    expect(await query('SELECT city FROM sales.orders LIMIT 1')).toEqual([{ city: 'Basel' }]);
    await expect(query('SELECT nothing FROM sales.orders')).rejects.toMatchObject({ code: 400 });
    await expect(query('DROP TABLE sales.orders')).rejects.toMatchObject({ code: 400 });
  });

  it('runs a job, and loses access with a token that it already has', async () => {
    jobUser();
    grant();
    const sql = 'SELECT id FROM sales.orders';
    expect(await federated(['createQueryJob', { query: sql }])).toMatchObject([
      { metadata: { status: { state: 'DONE' } } },
      {},
    ]);
    sales().replace(
      sales()
        .access()
        .filter(({ iamMember }) => iamMember !== member),
    );
    await expect(query(sql)).rejects.toMatchObject({ code: 403 });
    grant();
    await query(sql);
    jobUser(false);
    await expect(query(sql)).rejects.toMatchObject({ code: 403 });
    expect(world.google.calls.filter(({ method }) => method === 'sts.token')).toHaveLength(1);
  });

  it('lists datasets and tables, reads and writes rows', async () => {
    expect(await first(['getDatasets'])).toEqual([]);
    grant({ role: 'WRITER', iamMember: member });
    expect(await first(['getDatasets'])).toMatchObject([{ name: 'sales' }]);
    expect(await first(['dataset', 'sales'], ['getTables'])).toMatchObject([{ name: 'orders' }]);
    const table: readonly Call[] = [
      ['dataset', 'sales'],
      ['table', 'orders'],
    ];
    await federated(...table, ['insert', { id: 3, city: 'Bern' }]);
    expect(await first(...table, ['getRows'])).toMatchObject([
      { city: 'Basel' },
      { city: null },
      { id: 3, city: 'Bern' },
    ]);
  });

  it('loses access at the end of a condition', async () => {
    jobUser();
    const expression = 'request.time < timestamp("2029-01-01T00:10:00Z")';
    grant({ ...own, condition: { title: 'until', expression } });
    await query('SELECT id FROM sales.orders');
    now = new Date('2029-01-01T00:10:00Z');
    await expect(query('SELECT id FROM sales.orders')).rejects.toMatchObject({ code: 403 });
  });
});

describe('the access list of a dataset', () => {
  it('starts with the project’s basic roles', async () => {
    const { data } = await read();
    expect(data.access).toEqual([
      { role: 'WRITER', specialGroup: 'projectWriters' },
      { role: 'OWNER', specialGroup: 'projectOwners' },
      { role: 'READER', specialGroup: 'projectReaders' },
    ]);
    jobUser();
    setMember(world.google.project('acme-data').policy, 'roles/viewer', member);
    await query('SELECT id FROM sales.orders');
  });

  it('shows the short names of three roles, no matter which was written', async () => {
    const owner = { role: 'roles/bigquery.dataOwner', userByEmail: 'a@acme.com' };
    const { data } = await write([owner, own, { role: 'roles/bigquery.metadataViewer', iamMember: member }]);
    expect(data.access).toEqual([
      { role: 'OWNER', userByEmail: 'a@acme.com' },
      { role: 'READER', iamMember: member },
      { role: 'roles/bigquery.metadataViewer', iamMember: member },
    ]);
  });

  it('keeps entries without a role, and replaces the whole list', async () => {
    const view = { projectId: 'acme-data', datasetId: 'views', tableId: 'open' };
    const authorized = [
      { view },
      { routine: { projectId: 'acme-data', datasetId: 'views', routineId: 'f' } },
      { dataset: { dataset: { projectId: 'acme-data', datasetId: 'views' }, targetTypes: ['VIEWS'] } },
    ];
    sales().replace([...sales().access(), ...authorized]);
    const { data } = await read();
    await write([...(data.access ?? []), own]);
    expect(sales().access()).toEqual(
      expect.arrayContaining([...authorized, { role: viewer, iamMember: member }]),
    );
    await write(data.access ?? []);
    expect(sales().access()).not.toContainEqual(own);
  });

  it('compares the etag in If-Match: 412 conditionNotMet', async () => {
    const { data } = await read();
    const etag = data.etag ?? '';
    const written = await write([...(data.access ?? []), own], { etag });
    expect(written.status).toBe(200);
    expect(written.data.etag).not.toEqual(etag);
    const stale = await write(data.access ?? [], { etag });
    expect(stale.status).toBe(412);
    expect(stale.data).toMatchObject({
      error: { code: 412, errors: [{ reason: 'conditionNotMet' }], message: 'Precondition Failed' },
    });
    expect((await read()).data.etag).toEqual(written.data.etag);
    sales().replace(sales().access());
    expect((await write(data.access ?? [], { etag: written.data.etag ?? '' })).status).toBe(412);
  });

  it('hides conditions behind role names below version 3, and then refuses writes', async () => {
    const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const { data } = await read();
    const access = [...(data.access ?? []), { ...own, condition }];
    expect((await write(access, { accessPolicyVersion: 1 })).status).toBe(400);
    expect((await write(access)).status).toBe(200);
    expect((await read()).data.access?.at(-1)).toEqual({ role: 'READER', iamMember: member, condition });
    const hidden = await read(1);
    expect(hidden.data.access?.at(-1)).toEqual({
      role: expect.stringMatching(/^roles\/bigquery\.dataViewer_with_conditionalbinding_[0-9a-f]{10}$/),
      iamMember: member,
    });
    expect((await write(data.access ?? [], { accessPolicyVersion: 1 })).status).toBe(400);
    expect((await read(2)).status).toBe(400);
    expect((await write(data.access ?? [])).status).toBe(200);
  });

  it('refuses foreign roles, unknown members and a list without an owner', async () => {
    const { data } = await read();
    const withEntry = (entry: object) => write([...(data.access ?? []), entry]);
    const jobs = await withEntry({ role: 'roles/bigquery.jobUser', iamMember: member });
    expect([jobs.status, textOf(jobs)]).toEqual([
      400,
      expect.stringContaining(
        'IAM setPolicy failed for Dataset acme-data:sales: Role roles/bigquery.jobUser is not supported for this resource.',
      ),
    ]);
    // This is Terraform's spelling, and not a member of the API.
    expect((await withEntry({ ...own, iamMember: `iamMember:${member}` })).status).toBe(400);
    expect((await withEntry({ ...own, iamMember: member.replace('aws-pool', 'other') })).status).toBe(400);
    expect((await withEntry({ role: viewer })).status).toBe(400);
    expect((await withEntry({ iamMember: member })).status).toBe(400);
    expect((await withEntry({ ...own, condition: { title: 'x', expression: 'now' } })).status).toBe(400);
    const ownerless = await write([own]);
    expect([ownerless.status, textOf(ownerless)]).toEqual([
      400,
      expect.stringContaining('Cannot remove all owners from a dataset.'),
    ]);
    world.google.rules.rejectedMembers.add(member);
    const forbidden = await withEntry(own);
    expect([forbidden.status, textOf(forbidden)]).toEqual([
      412,
      expect.stringContaining('do not belong to a permitted customer'),
    ]);
    expect(sales().access()).toHaveLength(3);
  });

  it('keeps deleted members, in Google’s spelling only', async () => {
    const { data } = await read();
    const deleted = (kind: string) => ({ role: 'READER', iamMember: `deleted:${kind}:x@acme.com?uid=1` });
    expect((await write([...(data.access ?? []), deleted('serviceAccount')])).status).toBe(200);
    // Terraform lowers the case, and Google refuses that.
    const lower = await write([...(data.access ?? []), deleted('serviceaccount')]);
    expect([lower.status, textOf(lower)]).toEqual([400, expect.stringContaining('is of an unknown type')]);
  });

  it('changes nothing if a part of a write is refused', async () => {
    const refused = await admin().datasets.patch({
      ...names,
      requestBody: { description: 'new', access: [{ role: 'READER', iamMember: member }] },
    });
    expect(refused.status).toBe(400);
    expect((await admin().datasets.get(names)).data.description).toBeUndefined();
  });

  it('needs getIamPolicy to be read, and only setIamPolicy to be written', async () => {
    const owner = 'user:owner@acme.com';
    const token = world.google.issueToken(owner);
    const resource = 'projects/acme-data/datasets/sales';
    const may = (...verbs: readonly string[]) =>
      world.google.grant({
        resource,
        member: owner,
        permissions: verbs.map((verb) => `bigquery.datasets.${verb}`),
      });
    const full = () => admin(token).datasets.get(names);
    const metadata = () => admin(token).datasets.get({ ...names, datasetView: 'METADATA' });
    const access = sales().access();
    const patch = (updateMode: string) =>
      admin(token).datasets.patch({
        ...names,
        updateMode,
        requestBody: { access: access as never, description: updateMode },
      });

    const denied = await full();
    expect([denied.status, textOf(denied)]).toEqual([
      403,
      expect.stringContaining(
        'Access Denied: Dataset acme-data:sales: Permission bigquery.datasets.get denied on dataset acme-data:sales (or it may not exist).',
      ),
    ]);
    let revoke = may('get', 'update');
    expect([(await metadata()).status, (await full()).status, (await read(3, token)).status]).toEqual([
      200, 403, 403,
    ]);
    expect((await metadata()).data.access).toBeUndefined();
    expect([(await patch('UPDATE_METADATA')).status, (await patch('UPDATE_FULL')).status]).toEqual([
      200, 403,
    ]);
    expect((await patch('UPDATE_ACL')).status).toBe(403);
    revoke();
    revoke = may('getIamPolicy', 'setIamPolicy');
    expect([(await metadata()).status, (await full()).status, (await read(3, token)).status]).toEqual([
      403, 403, 200,
    ]);
    expect((await patch('UPDATE_ACL')).status).toBe(200);
    expect(world.google.calls.at(-1)).toMatchObject({
      permission: 'bigquery.datasets.setIamPolicy',
      resource,
    });
    expect((await admin().datasets.get(names)).data.description).toBe('UPDATE_METADATA');
    revoke();
  });
});

it('reveals that a dataset does not exist only to a caller with the permission on its project', async () => {
  const missing = { projectId: 'acme-data', datasetId: 'nothing' };
  const found = await admin().datasets.get(missing);
  expect([found.status, textOf(found)]).toEqual([
    404,
    expect.stringContaining('Not found: Dataset acme-data:nothing'),
  ]);
  const token = world.google.issueToken('user:someone@acme.com');
  expect((await admin(token).datasets.get(missing)).status).toBe(403);
  expect((await admin(token).datasets.get({ ...missing, projectId: 'nowhere' })).status).toBe(403);
});

it('a project without datasets shows an example to every caller', async () => {
  const token = world.google.issueToken('user:someone@acme.com');
  const { data } = await admin(token).datasets.list({ projectId: 'acme-identity' });
  expect(data.datasets?.map(({ id }) => id)).toEqual(['acme-identity:sales']);
});
