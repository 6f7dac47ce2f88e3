import { errorOf, type Harness, resource, startHarness } from '../testing/google-harness.ts';
import { email, projectNumber } from '../testing/settings.ts';

const owner = 'user:owner@acme.com';
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const accounts = () => world.as().projects.serviceAccounts;

it('answers 404 for a missing account if the project is named, otherwise 403', async () => {
  const missing = 'missing@acme-data.iam.gserviceaccount.com';
  for (const [project, code] of [
    ['acme-data', 404],
    ['-', 403],
  ] as const)
    expect(
      errorOf(await accounts().getIamPolicy({ resource: `projects/${project}/serviceAccounts/${missing}` })),
    ).toMatchObject({ code });
  expect((await accounts().get({ name: resource.replace('acme-data', 'acme-identity') })).status).toBe(404);
  for (const project of ['-', 'acme-data'])
    expect((await accounts().get({ name: `projects/${project}/serviceAccounts/${email}` })).status).toBe(200);
});

it('are found by unique id, and by the number of their project', async () => {
  world.google.addProject({ id: 'acme-data', number: '555' });
  const { uniqueId } = (await accounts().get({ name: `projects/555/serviceAccounts/${email}` })).data;
  expect((await accounts().get({ name: `projects/-/serviceAccounts/${uniqueId}` })).data.email).toBe(email);
});

it('are listed 20 at a time by default, and at most 100', async () => {
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

it('lists all accounts although one is deleted between two pages, and refuses an invalid page token', async () => {
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

it('answers for an empty project, a missing project, and one that the caller may not list', async () => {
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

it('are created once, with the name of their project', async () => {
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

it('a disabled account mints no tokens, and its tokens end, until it is enabled', async () => {
  const name = `projects/acme-data/serviceAccounts/${email}`;
  const mint = () =>
    world.post(`/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, {
      scope: ['https://www.googleapis.com/auth/cloud-platform'],
    });
  const { accessToken } = (await mint()).body as { accessToken: string };
  const isAlive = async () =>
    (await world.post(`/v1/${name}:testIamPermissions`, { permissions: [] }, accessToken)).status === 200;
  expect(await isAlive()).toBe(true);
  await accounts().disable({ name });
  expect((await accounts().get({ name })).data).toMatchObject({ disabled: true });
  expect(await mint()).toMatchObject({ status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } });
  expect(await isAlive()).toBe(false);
  await accounts().enable({ name });
  expect((await accounts().get({ name })).data.disabled).toBeUndefined();
  expect(await isAlive()).toBe(true);
});
