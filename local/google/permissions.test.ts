import { errorOf, type Harness, resource, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';

const owner = 'user:owner@acme.com';
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const google = () => world.google;
const as = (token: string) => world.as(token).projects;

it('answers 401 without a token that the stand-in issued', async () => {
  const answer = await as('rubbish').serviceAccounts.getIamPolicy({ resource });
  expect(errorOf(answer)).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
  expect(google().calls.at(-1)).toMatchObject({ principal: 'anonymous' });
});

it('records the permission of each call, and these permissions suffice', async () => {
  const token = google().issueToken(owner);
  const { serviceAccounts } = as(token);
  const call = {
    getIamPolicy: () => serviceAccounts.getIamPolicy({ resource }),
    setIamPolicy: () => serviceAccounts.setIamPolicy({ resource, requestBody: { policy: {} } }),
    get: () => serviceAccounts.get({ name: resource }),
  };
  for (const [verb, perform] of Object.entries(call)) {
    const permission = `iam.serviceAccounts.${verb}`;
    expect(errorOf(await perform())).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
      message: `Permission '${permission}' denied on resource (or it may not exist).`,
    });
    expect(google().calls.at(-1)).toMatchObject({
      method: permission,
      permission,
      resource,
      principal: owner,
    });
    const revoke = google().grant({ resource, member: owner, permissions: [permission] });
    expect((await perform()).status).toBe(200);
    revoke();
    expect((await perform()).status).toBe(403);
  }
});

it('an editor of one account cannot edit another, and lists nothing', async () => {
  const other = 'other@acme-data.iam.gserviceaccount.com';
  google().addServiceAccount(other, 'acme-data');
  google().optIn(email, 'rolebridge@acme-identity.iam.gserviceaccount.com');
  const { serviceAccounts } = as(
    google().issueToken('serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com'),
  );
  expect((await serviceAccounts.getIamPolicy({ resource })).status).toBe(200);
  expect((await serviceAccounts.getIamPolicy({ resource: resource.replace(email, other) })).status).toBe(403);
  expect((await serviceAccounts.list({ name: 'projects/acme-data' })).status).toBe(403);
  google().grantLister('acme-data', 'rolebridge@acme-identity.iam.gserviceaccount.com');
  expect((await serviceAccounts.list({ name: 'projects/acme-data' })).data.accounts).toHaveLength(2);
  google().optIn(email, 'rolebridge@acme-identity.iam.gserviceaccount.com', false);
  // The lister role can still read it.
  expect((await serviceAccounts.getIamPolicy({ resource })).status).toBe(200);
  expect((await serviceAccounts.setIamPolicy({ resource, requestBody: { policy: {} } })).status).toBe(403);
});

it('honors roles in allow policies of accounts and projects, including custom roles', async () => {
  const { serviceAccounts } = as(google().issueToken(owner));
  const grant = async (role: string) => {
    await world.post('/v1/projects/acme-data:setIamPolicy', {
      policy: { bindings: [{ role, members: [owner] }] },
    });
    return (await serviceAccounts.getIamPolicy({ resource })).status;
  };
  expect(await grant('roles/iam.serviceAccountAdmin')).toBe(200);
  expect(await grant('roles/iam.serviceAccountUser')).toBe(403);
  const custom = 'projects/acme-data/roles/editor';
  await world.as().projects.roles.create({
    parent: 'projects/acme-data',
    requestBody: { roleId: 'editor', role: { includedPermissions: ['iam.serviceAccounts.getIamPolicy'] } },
  });
  expect(await grant(custom)).toBe(200);
  await world.as().projects.roles.delete({ name: custom });
  expect(await grant(custom)).toBe(403);
  await world.as().projects.roles.undelete({ name: custom });
  expect(await grant(custom)).toBe(200);
  await world.as().projects.roles.patch({
    name: custom,
    updateMask: 'includedPermissions',
    requestBody: { includedPermissions: ['iam.serviceAccounts.get'] },
  });
  expect(await grant(custom)).toBe(403);
  expect((await world.as().projects.roles.get({ name: custom })).data).toMatchObject({
    name: custom,
    includedPermissions: ['iam.serviceAccounts.get'],
  });
});

it('testIamPermissions returns the permissions that the caller holds', async () => {
  google().grant({ resource, member: owner, permissions: ['iam.serviceAccounts.get'] });
  const permissions = ['iam.serviceAccounts.get', 'iam.serviceAccounts.setIamPolicy'];
  const { data } = await as(google().issueToken(owner)).serviceAccounts.testIamPermissions({
    resource,
    requestBody: { permissions },
  });
  expect(data.permissions).toEqual(['iam.serviceAccounts.get']);
});
