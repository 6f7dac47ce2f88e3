import { cloudresourcemanager } from 'googleapis/build/src/apis/cloudresourcemanager/index.js';
import { serviceusage } from 'googleapis/build/src/apis/serviceusage/index.js';
import { setMember } from '../google-side.ts';
import { type Harness, memberOf, startHarness } from '../testing/google-harness.ts';
import { projectNumber } from '../testing/settings.ts';

const owner = 'user:owner@acme.com';
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

it('finds projects by id or number, in both versions of the API', async () => {
  const options = {
    rootUrl: `${world.google.url}/`,
    headers: { authorization: `Bearer ${world.google.adminToken}` },
  };
  const v1 = cloudresourcemanager({ version: 'v1', ...options });
  const v3 = cloudresourcemanager({ version: 'v3', ...options });
  expect((await v1.projects.get({ projectId: 'acme-identity' })).data.projectNumber).toBe(projectNumber);
  expect((await v3.projects.get({ name: `projects/${projectNumber}` })).data).toMatchObject({
    name: `projects/${projectNumber}`,
    projectId: 'acme-identity',
  });
  const policy = { version: 3, bindings: [{ role: 'roles/viewer', members: [owner] }] };
  await v3.projects.setIamPolicy({ resource: 'projects/acme-identity', requestBody: { policy } });
  const options3 = { options: { requestedPolicyVersion: 3 } };
  expect(
    (await v1.projects.getIamPolicy({ resource: 'acme-identity', requestBody: options3 })).data.bindings,
  ).toEqual(policy.bindings);
  await expect(v1.projects.get({ projectId: 'nowhere' })).rejects.toMatchObject({ status: 403 });
});

it('enables services in operations', async () => {
  const { services, operations } = serviceusage({
    version: 'v1',
    rootUrl: `${world.google.url}/`,
    headers: { authorization: `Bearer ${world.google.adminToken}` },
  });
  const parentProject = 'projects/acme-identity';
  const name = `${parentProject}/services/sts.googleapis.com`;
  expect((await services.get({ name })).data.state).toBe('DISABLED');
  await services.enable({ name });
  expect((await services.get({ name })).data.state).toBe('ENABLED');
  const serviceIds = ['iam.googleapis.com', 'sts.googleapis.com'];
  const { data } = await services.batchEnable({ parent: parentProject, requestBody: { serviceIds } });
  expect(data.done).toBeUndefined();
  expect((await operations.get({ name: data.name ?? '' })).data.done).toBe(true);
  expect((await services.list({ parent: parentProject })).data.services).toHaveLength(2);
  const many = Array.from({ length: 21 }, (_, index) => `s${index}.googleapis.com`);
  await expect(
    services.batchEnable({ parent: parentProject, requestBody: { serviceIds: many } }),
  ).rejects.toMatchObject({ status: 400 });
});

describe('a caller whose own grant is limited by modifiedGrantsByRole', () => {
  const email = 'rolebridge@acme-identity.iam.gserviceaccount.com';
  const editor = 'projects/acme-data/roles/projectEditor';
  const jobUser = 'roles/bigquery.jobUser';
  const jobs = { role: jobUser, members: ['user:a@acme.com'] };
  const own = {
    role: editor,
    members: [`serviceAccount:${email}`],
    condition: {
      title: 'limit',
      expression: `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['${jobUser}', 'roles/pubsub.viewer'])`,
    },
  };
  const foreign = { role: 'roles/viewer', members: [owner] };
  const api = (token: string) =>
    cloudresourcemanager({
      version: 'v3',
      rootUrl: `${world.google.url}/`,
      headers: { authorization: `Bearer ${token}` },
      retry: false,
      validateStatus: () => true,
    }).projects;
  const resource = 'projects/acme-data';
  const read = (token: string) =>
    api(token).getIamPolicy({ resource, requestBody: { options: { requestedPolicyVersion: 3 } } });
  const write = (bindings: readonly object[], etag?: string | null) =>
    api(world.google.issueToken(`serviceAccount:${email}`)).setIamPolicy({
      resource,
      requestBody: { policy: { version: 3, bindings: [...bindings], ...(etag ? { etag } : {}) } },
    });
  beforeEach(async () => {
    world.google.addCustomRole(editor, [
      'resourcemanager.projects.getIamPolicy',
      'resourcemanager.projects.setIamPolicy',
    ]);
    const set = await api(world.google.adminToken).setIamPolicy({
      resource,
      requestBody: { policy: { version: 3, bindings: [own, foreign] } },
    });
    expect(set.status).toBe(200);
  });

  it('adds and removes members of the listed roles only', async () => {
    expect((await write([own, foreign, jobs])).status).toBe(200);
    expect((await write([own, foreign])).status).toBe(200);
    for (const bindings of [
      [own, foreign, { ...jobs, role: 'roles/bigquery.admin' }],
      [own, foreign, jobs, { ...jobs, role: 'roles/bigquery.admin' }],
      [own],
      [own, { ...foreign, members: [...foreign.members, 'user:b@acme.com'] }],
      [{ role: editor, members: own.members }, foreign],
    ]) {
      const refused = await write(bindings);
      expect([refused.status, JSON.stringify(refused.data)]).toEqual([
        403,
        expect.stringContaining("Permission 'resourcemanager.projects.setIamPolicy' denied"),
      ]);
    }
    expect((await read(world.google.adminToken)).data.bindings).toEqual([own, foreign]);
  });

  it('can read, and holds its permissions outside of a change', async () => {
    const token = world.google.issueToken(`serviceAccount:${email}`);
    expect((await read(token)).status).toBe(200);
    const permissions = ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'];
    const { data } = await api(token).testIamPermissions({ resource, requestBody: { permissions } });
    expect(data.permissions).toEqual(permissions);
  });

  it('gets 409 ABORTED for a stale etag', async () => {
    const { data } = await read(world.google.adminToken);
    expect((await write([own, foreign, jobs], data.etag)).status).toBe(200);
    const stale = await write([own, foreign], data.etag);
    expect([stale.status, stale.data]).toEqual([
      409,
      {
        error: expect.objectContaining({
          status: 'ABORTED',
          message: expect.stringContaining('concurrent policy changes'),
        }),
      },
    ]);
  });
});

it('refuses conditions on basic roles, and roles that only buckets accept', async () => {
  const set = (binding: object) =>
    world.post('/v3/projects/acme-data:setIamPolicy', { policy: { version: 3, bindings: [binding] } });
  const condition = { title: 'always', expression: 'true' };
  expect((await set({ role: 'roles/viewer', members: [owner], condition })).status).toBe(400);
  expect((await set({ role: 'roles/browser', members: [owner], condition })).status).toBe(200);
  expect((await set({ role: 'roles/storage.legacyBucketReader', members: [owner] })).status).toBe(400);
});

it('shows a federated caller the project of its pool, by number, as Node’s auth library asks', async () => {
  const client = world.awsClient();
  const url = `${world.google.url}/v1/projects/${projectNumber}`;
  await expect(client.request({ url })).rejects.toMatchObject({ status: 403 });
  setMember(world.google.project(projectNumber).policy, 'roles/browser', memberOf('reports'));
  expect((await client.request({ url })).data).toMatchObject({ projectId: 'acme-identity', projectNumber });
});
