import { cloudresourcemanager } from 'googleapis/build/src/apis/cloudresourcemanager/index.js';
import { serviceusage } from 'googleapis/build/src/apis/serviceusage/index.js';
import {
  accountId,
  email,
  errorOf,
  type Harness,
  pool,
  projectNumber,
  resource,
  startHarness,
} from './harness.ts';

let now = new Date('2026-11-24T12:00:00Z');
let world: Harness;
beforeEach(async () => {
  now = new Date('2026-11-24T12:00:00Z');
  world = await startHarness({ now: () => now });
});
afterEach(() => world.close());

const owner = 'user:owner@acme.com';
const parent = 'projects/acme-identity/locations/global';
const pools = () => world.as().projects.locations.workloadIdentityPools;

describe('pools and providers', () => {
  const create = (id: string, requestBody: object = {}) =>
    pools().create({ parent, workloadIdentityPoolId: id, requestBody });
  const createProvider = (id: string, requestBody: object) =>
    pools().providers.create({ parent: pool, workloadIdentityPoolProviderId: id, requestBody });

  it('are made in operations that are not done at once', async () => {
    const { data } = await create('pool-two', { displayName: 'two', description: 'made by rolebridge' });
    expect(data.done).toBeUndefined();
    const { data: operation } = await pools().operations.get({ name: data.name ?? '' });
    const name = `projects/${projectNumber}/locations/global/workloadIdentityPools/pool-two`;
    expect(operation).toMatchObject({ done: true, response: { name, state: 'ACTIVE', displayName: 'two' } });
    expect((await pools().get({ name })).data).toMatchObject({ name, description: 'made by rolebridge' });
  });

  it('refuse ids and texts that are too short, too long, reserved, or taken', async () => {
    for (const id of ['abc', 'a'.repeat(33), 'gcp-pool', 'Pool', 'a_pool'])
      expect(errorOf(await create(id))).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect((await create('good', { displayName: 'x'.repeat(33) })).status).toBe(400);
    expect((await create('good', { description: 'x'.repeat(257) })).status).toBe(400);
    expect(errorOf(await create('aws-pool'))).toMatchObject({ code: 409, status: 'ALREADY_EXISTS' });
  });

  it('are kept for thirty days once deleted: still told, listed on demand, their ids taken, undeletable', async () => {
    await pools().delete({ name: pool });
    expect((await pools().get({ name: pool })).data).toMatchObject({
      state: 'DELETED',
      expireTime: '2026-12-24T12:00:00Z',
    });
    expect((await pools().list({ parent })).data.workloadIdentityPools).toBeUndefined();
    expect((await pools().list({ parent, showDeleted: true })).data.workloadIdentityPools).toHaveLength(1);
    expect((await create('aws-pool')).status).toBe(409);
    expect((await pools().delete({ name: pool })).status).toBe(404);
    await pools().undelete({ name: pool });
    expect((await pools().get({ name: pool })).data).toEqual({ name: pool, state: 'ACTIVE' });
  });

  it('missing ones are 404', async () => {
    expect((await pools().get({ name: `${pool}-x` })).status).toBe(404);
    expect((await pools().providers.get({ name: `${pool}/providers/nobody` })).status).toBe(404);
    expect((await pools().operations.get({ name: `${pool}/operations/99` })).status).toBe(404);
  });

  it('are patched in what the mask names', async () => {
    const name = `${pool}/providers/aws-provider`;
    expect((await pools().patch({ name: pool, requestBody: { disabled: true } })).status).toBe(400);
    await pools().providers.patch({
      name,
      updateMask: 'attributeCondition,description',
      requestBody: { attributeCondition: 'true', description: 'd', displayName: 'no', disabled: true },
    });
    expect((await pools().providers.get({ name })).data).toEqual({
      name,
      state: 'ACTIVE',
      description: 'd',
      aws: { accountId },
      attributeCondition: 'true',
    });
  });

  it('lists are cut into pages', async () => {
    for (let index = 0; index < 5; index += 1)
      await createProvider(`provider-${index}`, { aws: { accountId } });
    const first = (await pools().providers.list({ parent: pool, pageSize: 4 })).data;
    const pageToken = first.nextPageToken ?? '';
    const second = (await pools().providers.list({ parent: pool, pageSize: 4, pageToken })).data;
    expect([first, second].map((page) => page.workloadIdentityPoolProviders?.length)).toEqual([4, 2]);
    expect(second.nextPageToken).toBeUndefined();
  });

  it.each([
    ['no AWS account', {}],
    ['no account id', { aws: { accountId: 'acme' } }],
    ['no subject', { aws: { accountId }, attributeMapping: { 'attribute.x': 'assertion.arn' } }],
    [
      'an unknown key',
      { aws: { accountId }, attributeMapping: { 'google.subject': 'assertion.arn', x: "'x'" } },
    ],
    ['no syntax', { aws: { accountId }, attributeMapping: { 'google.subject': 'assertion.' } }],
    [
      'a long mapping',
      { aws: { accountId }, attributeMapping: { 'google.subject': `'${'x'.repeat(2048)}'` } },
    ],
    ['a condition without syntax', { aws: { accountId }, attributeCondition: 'arn ==' }],
    ['a long condition', { aws: { accountId }, attributeCondition: `'${'x'.repeat(4096)}' == ''` }],
  ])('a provider with %s is refused', async (_, requestBody) => {
    expect(errorOf(await createProvider('provider-x', requestBody))).toMatchObject({ code: 400 });
    expect((await pools().providers.get({ name: `${pool}/providers/provider-x` })).status).toBe(404);
  });
});

describe('who may do what', () => {
  const google = () => world.google;
  const as = (token: string) => world.as(token).projects;

  it('401 without a token that was issued here', async () => {
    const answer = await as('rubbish').serviceAccounts.getIamPolicy({ resource });
    expect(errorOf(answer)).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect(google().calls.at(-1)).toMatchObject({ principal: 'anonymous' });
  });

  it('each call says which permission it took; just these are enough', async () => {
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

  it('an editor of one account is not one of another, and lists nothing', async () => {
    const other = 'other@acme-data.iam.gserviceaccount.com';
    google().addServiceAccount(other, 'acme-data');
    google().optIn(email, 'rolebridge@acme-identity.iam.gserviceaccount.com');
    const { serviceAccounts } = as(
      google().issueToken('serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com'),
    );
    expect((await serviceAccounts.getIamPolicy({ resource })).status).toBe(200);
    expect((await serviceAccounts.getIamPolicy({ resource: resource.replace(email, other) })).status).toBe(
      403,
    );
    expect((await serviceAccounts.list({ name: 'projects/acme-data' })).status).toBe(403);
    google().grantLister('acme-data', 'rolebridge@acme-identity.iam.gserviceaccount.com');
    expect((await serviceAccounts.list({ name: 'projects/acme-data' })).data.accounts).toHaveLength(2);
    google().optIn(email, 'rolebridge@acme-identity.iam.gserviceaccount.com', false);
    expect((await serviceAccounts.getIamPolicy({ resource })).status).toBe(403);
  });

  it('roles in allow policies count, from the project down, custom ones included', async () => {
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

  it('testIamPermissions tells what the caller holds', async () => {
    google().grant({ resource, member: owner, permissions: ['iam.serviceAccounts.get'] });
    const permissions = ['iam.serviceAccounts.get', 'iam.serviceAccounts.setIamPolicy'];
    const { data } = await as(google().issueToken(owner)).serviceAccounts.testIamPermissions({
      resource,
      requestBody: { permissions },
    });
    expect(data.permissions).toEqual(['iam.serviceAccounts.get']);
  });
});

describe('service accounts', () => {
  const accounts = () => world.as().projects.serviceAccounts;

  it('a missing one is 404 where the project is named, 403 where it is not', async () => {
    const missing = 'nobody@acme-data.iam.gserviceaccount.com';
    for (const [project, code] of [
      ['acme-data', 404],
      ['-', 403],
    ] as const)
      expect(
        errorOf(
          await accounts().getIamPolicy({ resource: `projects/${project}/serviceAccounts/${missing}` }),
        ),
      ).toMatchObject({ code });
    expect((await accounts().get({ name: resource.replace('acme-data', 'acme-identity') })).status).toBe(404);
    for (const project of ['-', 'acme-data'])
      expect((await accounts().get({ name: `projects/${project}/serviceAccounts/${email}` })).status).toBe(
        200,
      );
  });

  it('are found by unique id, and by the number of their project', async () => {
    world.google.addProject({ id: 'acme-data', number: '555' });
    const { uniqueId } = (await accounts().get({ name: `projects/555/serviceAccounts/${email}` })).data;
    expect((await accounts().get({ name: `projects/-/serviceAccounts/${uniqueId}` })).data.email).toBe(email);
  });

  it('are listed 20 at a time unless asked, never more than 100', async () => {
    for (let index = 0; index < 120; index += 1)
      world.google.addServiceAccount(`a${index}@acme-data.iam.gserviceaccount.com`, 'acme-data');
    world.google.addServiceAccount('a@acme-identity.iam.gserviceaccount.com', 'acme-identity');
    const name = 'projects/acme-data';
    expect((await accounts().list({ name })).data.accounts).toHaveLength(20);
    const first = (await accounts().list({ name, pageSize: 1000 })).data;
    expect(first.accounts).toHaveLength(100);
    const pageToken = first.nextPageToken ?? '';
    expect((await accounts().list({ name, pageSize: 1000, pageToken })).data.accounts).toHaveLength(21);
  });

  it('none is missed when one goes between two pages; a page that makes no sense is refused', async () => {
    const name = 'projects/acme-data';
    const emails = ['a', 'b', 'c', 'd'].map((one) => `${one}@acme-data.iam.gserviceaccount.com`);
    for (const one of emails) world.google.addServiceAccount(one, 'acme-data');
    const first = (await accounts().list({ name, pageSize: 3 })).data;
    expect(first.accounts?.map((account) => account.email)).toEqual([email, ...emails.slice(0, 2)]);
    for (const gone of [email, ...emails.slice(1, 2)]) world.google.removeServiceAccount(gone);
    const pageToken = first.nextPageToken ?? '';
    const second = (await accounts().list({ name, pageSize: 3, pageToken })).data;
    expect(second.accounts?.map((account) => account.email)).toEqual(emails.slice(2));
    expect(second.nextPageToken).toBeUndefined();
    for (const bad of [{ pageSize: -1 }, { pageSize: 1.5 }, { pageToken: 'no token' }])
      expect(errorOf(await accounts().list({ name, ...bad }))).toMatchObject({ code: 400 });
  });

  it('an empty project, one that is not there, one whose lister the caller is not', async () => {
    const lister = world.google.issueToken(owner);
    const list = (project: string) =>
      world.as(lister).projects.serviceAccounts.list({ name: `projects/${project}` });
    const denied = {
      code: 403,
      status: 'PERMISSION_DENIED',
      message: "Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist).",
    };
    expect(errorOf(await list('acme-identity'))).toMatchObject(denied);
    expect(errorOf(await list('nowhere'))).toMatchObject(denied);
    world.google.grant({
      resource: 'projects/acme-identity',
      member: owner,
      permissions: ['iam.serviceAccounts.list'],
    });
    expect((await list('acme-identity')).data).toEqual({});
    expect((await list(projectNumber)).data).toEqual({});
    expect((await list('acme-data')).status).toBe(403);
  });

  it('five hundred with policies of 1,500 members are listed and read by their lister and editor', async () => {
    const editor = 'rolebridge@acme-identity.iam.gserviceaccount.com';
    const members = Array.from({ length: 1500 }, (_, index) => `user:member-${index}@acme.com`);
    const bindings = [{ role: 'roles/iam.workloadIdentityUser', members }];
    for (let index = 0; index < 500; index += 1) {
      const one = `many-${index}@acme-many.iam.gserviceaccount.com`;
      world.google.addServiceAccount(one, 'acme-many', { bindings });
      world.google.optIn(one, editor);
    }
    world.google.grantLister('acme-many', editor);
    const { serviceAccounts } = world.as(world.google.issueToken(`serviceAccount:${editor}`)).projects;
    const listPage = async (pageToken: string) =>
      (await serviceAccounts.list({ name: 'projects/acme-many', pageSize: 100, pageToken })).data;
    let read = 0;
    let page = await listPage('');
    for (;;) {
      for (const { name } of page.accounts ?? []) {
        const { data } = await serviceAccounts.getIamPolicy({ resource: name ?? '' });
        read += data.bindings?.[0]?.members?.length ?? 0;
      }
      if (page.nextPageToken === undefined || page.nextPageToken === null) break;
      page = await listPage(page.nextPageToken);
    }
    expect(read).toBe(500 * 1500);
    expect(world.google.calls).toHaveLength(5 + 500);
  });

  it('are made once, in the spelling of their project', async () => {
    world.google.addProject({ id: 'example.com:legacy', number: '777' });
    const create = (name: string) =>
      accounts().create({ name: 'projects/example.com:legacy', requestBody: { accountId: name } });
    const made = 'writer@legacy.example.com.iam.gserviceaccount.com';
    expect((await create('writer')).data.email).toBe(made);
    expect((await create('writer')).status).toBe(409);
    expect((await create('short')).status).toBe(400);
    expect((await accounts().delete({ name: `projects/-/serviceAccounts/${made}` })).status).toBe(200);
    expect((await create('writer')).status).toBe(200);
  });
});

it('projects are looked up by id or number, in both versions of the API', async () => {
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

it('services are enabled in operations', async () => {
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

describe('interception', () => {
  const read = () => world.as().projects.serviceAccounts.getIamPolicy({ resource });
  const write = () =>
    world.as().projects.serviceAccounts.setIamPolicy({
      resource,
      requestBody: { policy: { bindings: [{ role: 'roles/viewer', members: [owner] }] } },
    });

  it('sees method, resource, caller and input before the call is performed, in order', async () => {
    const seen: object[] = [];
    const stop = world.google.intercept(async (call) => {
      await Promise.resolve();
      seen.push(call);
      return undefined;
    });
    await write();
    stop();
    await read();
    expect(seen).toEqual([
      expect.objectContaining({
        method: 'iam.serviceAccounts.setIamPolicy',
        resource,
        principal: 'user:admin',
        sequence: 0,
        input: expect.objectContaining({ policy: expect.anything() }),
      }),
    ]);
    expect(world.google.calls.map(({ sequence }) => sequence)).toEqual([0, 1]);
  });

  it('an error is answered in Google’s form, in OAuth’s by the token exchange', async () => {
    world.google.intercept(() => ({
      kind: 'error',
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'slow',
    }));
    expect(errorOf(await read())).toEqual({
      http: 429,
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'slow',
    });
    const response = await fetch(`${world.google.url}/v1/token`, {
      method: 'POST',
      body: new URLSearchParams(),
    });
    expect([response.status, await response.json()]).toEqual([
      429,
      { error: 'server_error', error_description: 'slow' },
    ]);
  });

  it('a dropped call is not performed; one that is performed and then dropped is', async () => {
    const recover = world.google.intercept(() => ({ kind: 'drop' }));
    await expect(write()).rejects.not.toHaveProperty('response.status');
    expect(world.google.policy(email).current()).toEqual({});
    recover();
    world.google.intercept(() => ({ kind: 'performThenDrop' }));
    await expect(write()).rejects.not.toHaveProperty('response.status');
    expect(world.google.policy(email).current().bindings).toHaveLength(1);
  });

  it('what is not JSON, and what nobody knows, is refused', async () => {
    const headers = { authorization: `Bearer ${world.google.adminToken}` };
    const bad = await fetch(`${world.google.url}/v1/${resource}:setIamPolicy`, {
      method: 'POST',
      headers,
      body: '{',
    });
    expect(bad.status).toBe(400);
    expect((await fetch(`${world.google.url}/v1/nothing`)).status).toBe(404);
  });
});
