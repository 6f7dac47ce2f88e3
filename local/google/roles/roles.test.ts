import { type Harness, startHarness } from '../../testing/google-harness.ts';
import { predefinedRoles } from './predefined-roles.ts';

let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const anyone = () => world.as(world.google.issueToken('user:someone@acme.com'));

it('a predefined role shows its permissions to every caller with a token', async () => {
  const { data } = await anyone().roles.get({ name: 'roles/storage.objectViewer' });
  expect(data).toMatchObject({
    name: 'roles/storage.objectViewer',
    title: 'Storage Object Viewer',
    stage: 'GA',
    includedPermissions: expect.arrayContaining(['storage.objects.get', 'storage.objects.list']),
  });
  const missing = await anyone().roles.get({ name: 'roles/storage.nothing' });
  expect([missing.status, JSON.stringify(missing.data)]).toEqual([
    404,
    expect.stringContaining('The role named roles/storage.nothing was not found.'),
  ]);
});

it.each([
  ['roles/storage.objectAdmin', 'storage.objects.setIamPolicy'],
  ['roles/bigquery.dataOwner', 'bigquery.datasets.setIamPolicy'],
  ['roles/iam.serviceAccountTokenCreator', 'iam.serviceAccounts.signJwt'],
  ['roles/cloudbuild.builds.editor', 'cloudbuild.builds.create'],
  ['roles/compute.instanceAdmin.v1', 'compute.instances.setMetadata'],
  ['roles/orgpolicy.policyAdmin', 'orgpolicy.policy.set'],
])('%s contains the dangerous %s', (role, permission) => {
  expect(predefinedRoles.get(role)?.permissions).toContain(permission);
});

it('editors can neither grant nor read secrets', () => {
  const permissions = predefinedRoles.get('roles/editor')?.permissions ?? [];
  expect(permissions.filter((permission) => permission.endsWith('.setIamPolicy'))).toEqual([]);
  expect(permissions).not.toContain('secretmanager.versions.access');
  expect(permissions).toContain('pubsub.topics.publish');
});

const grantableOn = async (fullResourceName: string, more: object = {}) => {
  const { data } = await anyone().roles.queryGrantableRoles({
    requestBody: { fullResourceName, pageSize: 2000, ...more },
  });
  return data;
};
const namesOn = async (fullResourceName: string) =>
  (await grantableOn(fullResourceName)).roles?.map(({ name }) => name);

it.each([
  [
    'bucket',
    '//storage.googleapis.com/projects/_/buckets/acme-in',
    'roles/storage.legacyBucketReader',
    'roles/viewer',
  ],
  [
    'dataset',
    '//bigquery.googleapis.com/projects/acme-data/datasets/sales',
    'roles/bigquery.dataViewer',
    'roles/bigquery.jobUser',
  ],
  [
    'secret',
    '//secretmanager.googleapis.com/projects/acme-data/secrets/key',
    'roles/secretmanager.secretAccessor',
    'roles/storage.admin',
  ],
  [
    'topic',
    '//pubsub.googleapis.com/projects/acme-data/topics/in',
    'roles/pubsub.publisher',
    'roles/iam.roleAdmin',
  ],
  [
    'subscription',
    '//pubsub.googleapis.com/projects/acme-data/subscriptions/in',
    'roles/pubsub.subscriber',
    'roles/pubsub.publisher',
  ],
  [
    'service account',
    '//iam.googleapis.com/projects/acme-data/serviceAccounts/a@acme-data.iam.gserviceaccount.com',
    'roles/iam.workloadIdentityUser',
    'roles/iam.roleAdmin',
  ],
  [
    'project',
    '//cloudresourcemanager.googleapis.com/projects/acme-data',
    'roles/bigquery.jobUser',
    'roles/storage.legacyBucketReader',
  ],
])('a %s accepts the roles of its kind', async (_, fullName, taken, other) => {
  const names = await namesOn(fullName);
  expect(names).toContain(taken);
  expect(names).not.toContain(other);
});

it('grantable roles contain the project’s custom roles, have permissions in the full view, and come in pages', async () => {
  const project = '//cloudresourcemanager.googleapis.com/projects/acme-data';
  world.google.addCustomRole('projects/acme-data/roles/own', ['storage.objects.get']);
  world.google.addCustomRole('projects/other/roles/own', ['storage.objects.get']);
  expect((await namesOn(project))?.filter((name) => name?.endsWith('/own'))).toEqual([
    'projects/acme-data/roles/own',
  ]);
  expect((await grantableOn(project)).roles?.[0]).not.toHaveProperty('includedPermissions');
  expect((await grantableOn(project, { view: 'FULL' })).roles?.[0]).toHaveProperty('includedPermissions');
  const first = await grantableOn(project, { pageSize: 2 });
  expect(first.roles).toHaveLength(2);
  const second = await grantableOn(project, { pageSize: 2, pageToken: first.nextPageToken });
  expect(second.roles?.[0]?.name).not.toEqual(first.roles?.[0]?.name);
});

it('a name of an unknown kind is refused', async () => {
  const answer = await anyone().roles.queryGrantableRoles({
    requestBody: { fullResourceName: 'projects/acme-data' },
  });
  expect(answer.status).toBe(400);
});

it('a custom role accepts no unknown permission, and none that is for organizations only', async () => {
  const create = (roleId: string, ...includedPermissions: string[]) =>
    world.as().projects.roles.create({
      parent: 'projects/acme-data',
      requestBody: { roleId, role: { includedPermissions } },
    });
  for (const wrong of ['storage.buckets.writeIamPolicy', 'resourcemanager.projects.list']) {
    const refused = await create('wrong', wrong);
    expect([refused.status, JSON.stringify(refused.data)]).toEqual([
      400,
      expect.stringContaining(`Permission ${wrong} is not valid.`),
    ]);
  }
  expect((await create('editor', 'storage.buckets.setIamPolicy', 'future.things.get')).status).toBe(200);
  const patched = await world.as().projects.roles.patch({
    name: 'projects/acme-data/roles/editor',
    requestBody: { includedPermissions: ['storage.buckets.set'] },
  });
  expect(patched.status).toBe(400);
});

it('Google may change a predefined role: its permissions and every access follow', async () => {
  const name = 'roles/storage.objectViewer';
  const { google } = world;
  google.buckets.add('acme-in', 'acme-data', {
    policy: { bindings: [{ role: name, members: ['user:a@acme.com'] }] },
  });
  const list = () =>
    fetch(`${google.url}/storage/v1/b/acme-in/o`, {
      headers: { authorization: `Bearer ${google.issueToken('user:a@acme.com')}` },
    });
  expect((await list()).status).toBe(200);
  google.predefinedRoles.set(name, { name, title: 'Changed', permissions: ['storage.buckets.setIamPolicy'] });
  expect((await list()).status).toBe(403);
  expect((await anyone().roles.get({ name })).data.includedPermissions).toEqual([
    'storage.buckets.setIamPolicy',
  ]);
});
