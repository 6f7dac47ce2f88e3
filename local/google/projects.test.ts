import { cloudresourcemanager } from 'googleapis/build/src/apis/cloudresourcemanager/index.js';
import { serviceusage } from 'googleapis/build/src/apis/serviceusage/index.js';
import { type Harness, startHarness } from '../testing/google-harness.ts';
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
