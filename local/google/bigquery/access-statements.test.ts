import { bigquery as bigqueryApi } from 'googleapis/build/src/apis/bigquery/index.js';
import { type Harness, memberOf, startHarness } from '../../testing/google-harness.ts';

const viewer = 'roles/bigquery.dataViewer';
const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
  world.google.datasets.add('acme-data', 'sales');
});
afterEach(() => world.close());

const run = (query: string, token = world.google.adminToken) =>
  bigqueryApi({
    version: 'v2',
    rootUrl: `${world.google.url}/`,
    headers: { authorization: `Bearer ${token}` },
    retry: false,
    validateStatus: () => true,
  }).jobs.query({ projectId: 'acme-data', requestBody: { query, useLegacySql: false } });
const sales = () => world.google.datasets.dataset('acme-data', 'sales');

it('grants roles to members of each kind once, and revokes them, beside entries of others', async () => {
  const theirs = [
    { role: 'READER', userByEmail: 'c@acme.com', condition },
    { view: { projectId: 'acme-data', datasetId: 'views', tableId: 'v1' } },
  ];
  sales().replace([...sales().access(), ...theirs]);
  const before = sales().access();
  const set = memberOf('reports');
  const members = `"user:c@acme.com", 'serviceAccount:r@acme-data.iam.gserviceaccount.com', "group:g@acme.com", "domain:acme.com", "${set}"`;
  for (const _ of [1, 2])
    expect((await run(`GRANT \`${viewer}\` ON SCHEMA \`acme-data\`.sales TO ${members}`)).status).toBe(200);
  expect(sales().access()).toEqual([
    ...before,
    { role: viewer, userByEmail: 'c@acme.com' },
    { role: viewer, userByEmail: 'r@acme-data.iam.gserviceaccount.com' },
    { role: viewer, groupByEmail: 'g@acme.com' },
    { role: viewer, domain: 'acme.com' },
    { role: viewer, iamMember: set },
  ]);
  expect((await run(`revoke \`${viewer}\` on schema sales from ${members};`)).status).toBe(200);
  expect(sales().access()).toEqual(before);
});

it('needs datasets.update and datasets.setIamPolicy, and refuses what a dataset does not accept', async () => {
  const person = 'user:owner@acme.com';
  const token = world.google.issueToken(person);
  const may = (resource: string, ...permissions: readonly string[]) =>
    world.google.grant({ resource, member: person, permissions });
  may('projects/acme-data', 'bigquery.jobs.create');
  const grant = (role = viewer, dataset = 'sales') =>
    run(`GRANT \`${role}\` ON SCHEMA ${dataset} TO "user:a@acme.com"`, token);
  for (const permission of ['bigquery.datasets.update', 'bigquery.datasets.setIamPolicy']) {
    const denied = await grant();
    expect([denied.status, JSON.stringify(denied.data)]).toEqual([403, expect.stringContaining(permission)]);
    may('projects/acme-data/datasets/sales', permission);
  }
  expect((await grant()).status).toBe(200);
  expect((await grant('roles/storage.objectViewer')).status).toBe(400);
  expect((await grant(viewer, 'missing')).status).toBe(403);
  expect((await run('GRANT viewer ON SCHEMA sales TO "user:a@acme.com"', token)).status).toBe(400);
});
