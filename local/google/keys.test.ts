import { policyanalyzer } from 'googleapis/build/src/apis/policyanalyzer/index.js';
import { errorOf, type Harness, resource, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';

const auditor = 'user:auditor@acme.com';
const service = 'policyanalyzer.googleapis.com';
const keyActivities = 'serviceAccountKeyLastAuthentication';
const accountActivities = 'serviceAccountLastAuthentication';

let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

const keysAs = (token?: string) => world.as(token).projects.serviceAccounts.keys;
const activitiesAs = (token = world.google.adminToken) =>
  policyanalyzer({
    version: 'v1',
    rootUrl: `${world.google.url}/`,
    headers: { authorization: `Bearer ${token}` },
    retry: false,
    validateStatus: () => true,
  }).projects.locations.activityTypes.activities;
const parentOf = (type: string) => `projects/acme-data/locations/global/activityTypes/${type}`;
const period = { startTime: '2025-11-23T07:00:00Z', endTime: '2026-11-23T07:00:00Z' };

it("lists the keys of the requested types; each account has one of Google's", async () => {
  world.google.keys.add(email, 'a1b2');
  const list = async (...keyTypes: readonly string[]) =>
    (await keysAs().list({ name: resource, keyTypes: [...keyTypes] })).data.keys?.map(({ name }) => name);
  expect(await list('USER_MANAGED')).toEqual([`${resource}/keys/a1b2`]);
  expect(await list()).toEqual([`${resource}/keys/system`, `${resource}/keys/a1b2`]);
  world.google.keys.of(email).clear();
  expect((await keysAs().list({ name: resource, keyTypes: ['USER_MANAGED'] })).data).toEqual({});
});

it('disables, enables and deletes a key', async () => {
  world.google.keys.add(email, 'a1b2');
  const name = `${resource}/keys/a1b2`;
  await keysAs().disable({ name });
  expect(world.google.keys.of(email).get('a1b2')).toMatchObject({ disabled: true });
  await keysAs().enable({ name });
  expect(world.google.keys.of(email).get('a1b2')).not.toHaveProperty('disabled');
  await keysAs().delete({ name });
  expect(errorOf(await keysAs().delete({ name }))).toMatchObject({ code: 404, status: 'NOT_FOUND' });
});

it('a new account of the same name has none of the keys', async () => {
  world.google.keys.add(email, 'a1b2');
  world.google.addServiceAccount(email, 'acme-data');
  expect(world.google.keys.of(email).size).toBe(0);
});

it('checks the permission on the account, and does not reveal that one is missing', async () => {
  const token = world.google.issueToken(auditor);
  const list = (name: string) => keysAs(token).list({ name });
  expect(errorOf(await list(resource))).toMatchObject({
    code: 403,
    message: expect.stringContaining('iam.serviceAccountKeys.list'),
  });
  world.google.grant({ resource, member: auditor, permissions: ['iam.serviceAccountKeys.list'] });
  expect((await list(resource)).status).toBe(200);
  expect(errorOf(await list(resource.replace(email, 'no@acme-data.iam.gserviceaccount.com'))).code).toBe(403);
});

it('answers for activities only with the API and the permission of their type', async () => {
  const token = world.google.issueToken(auditor);
  const query = (type: string) => activitiesAs(token).query({ parent: parentOf(type) });
  for (const type of [keyActivities, accountActivities]) {
    world.google.project('acme-data').services.delete(service);
    expect(errorOf(await query(type))).toMatchObject({
      code: 403,
      message: expect.stringContaining('has not been used in project'),
    });
    world.google.enableServices('acme-data', [service]);
    const permission = `policyanalyzer.${type}Activities.query`;
    expect(errorOf(await query(type)).message).toContain(permission);
    world.google.grant({ resource: 'projects/acme-data', member: auditor, permissions: [permission] });
    expect((await query(type)).data).toEqual({});
  }
});

it('answers with the activities of one type, page by page, and filters by name', async () => {
  world.google.enableServices('acme-data', [service]);
  const names = ['a', 'b', 'c'].map((id) => world.google.keys.add(email, id));
  for (const name of names) world.google.activities.set(name, { observationPeriod: period });
  world.google.activities.set(`//iam.googleapis.com/${resource}`, {
    observationPeriod: period,
    lastAuthenticatedTime: '2026-11-20T07:00:00Z',
  });
  const query = async (type: string, more: object = {}) =>
    (await activitiesAs().query({ parent: parentOf(type), ...more })).data;
  expect((await query(accountActivities)).activities).toEqual([
    {
      fullResourceName: `//iam.googleapis.com/${resource}`,
      activityType: accountActivities,
      observationPeriod: period,
      activity: {
        lastAuthenticatedTime: '2026-11-20T07:00:00Z',
        serviceAccount: expect.objectContaining({ fullResourceName: `//iam.googleapis.com/${resource}` }),
      },
    },
  ]);
  const first = await query(keyActivities, { pageSize: 2 });
  const rest = await query(keyActivities, { pageSize: 2, pageToken: first.nextPageToken ?? '' });
  expect(
    [...(first.activities ?? []), ...(rest.activities ?? [])].map((one) => one.fullResourceName),
  ).toEqual(names);
  const filter = names
    .slice(1)
    .map((name) => `activities.full_resource_name="${name}"`)
    .join(' OR ');
  expect((await query(keyActivities, { filter })).activities).toHaveLength(2);
  world.google.activities.remove(names[1] ?? '');
  expect((await query(keyActivities, { filter })).activities).toHaveLength(1);
  expect(errorOf(await activitiesAs().query({ parent: parentOf(keyActivities), filter: 'x = 1' })).code).toBe(
    400,
  );
});
