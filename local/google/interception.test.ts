import { errorOf, type Harness, resource, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';

const owner = 'user:owner@acme.com';
let world: Harness;
beforeEach(async () => {
  world = await startHarness();
});
afterEach(() => world.close());

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

it('answers an error in Google’s form, and in OAuth’s at the token exchange', async () => {
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

it('does not perform a dropped call, but performs a call whose answer is lost', async () => {
  const recover = world.google.intercept(() => ({ kind: 'drop' }));
  await expect(write()).rejects.not.toHaveProperty('response.status');
  expect(world.google.policy(email).current()).toEqual({});
  recover();
  world.google.intercept(() => ({ kind: 'performThenDrop' }));
  await expect(write()).rejects.not.toHaveProperty('response.status');
  expect(world.google.policy(email).current().bindings).toHaveLength(1);
});

it('refuses invalid JSON and unknown methods', async () => {
  const headers = { authorization: `Bearer ${world.google.adminToken}` };
  const bad = await fetch(`${world.google.url}/v1/${resource}:setIamPolicy`, {
    method: 'POST',
    headers,
    body: '{',
  });
  expect(bad.status).toBe(400);
  expect((await fetch(`${world.google.url}/v1/nothing`)).status).toBe(404);
});
