import { type Harness, memberOf, startHarness } from '../testing/google-harness.ts';
import { email } from '../testing/settings.ts';
import { conditionHolds } from './conditions.ts';

const role = 'roles/iam.workloadIdentityUser';
let now = new Date();
let world: Harness;
beforeEach(async () => {
  now = new Date();
  world = await startHarness({ now: () => now });
});
afterEach(() => world.close());

const federate = async (): Promise<string> => (await world.awsClient().getAccessToken()).token ?? '';
const bind = (...members: readonly string[]) =>
  world.google.policy(email).replace({ bindings: [{ role, members }] });

const mint = async (token: string, body: object = { scope: ['x'] }) =>
  world.post(`/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, body, token);

it('issues the service account’s token to an unmodified AwsClient, and the token identifies the caller', async () => {
  bind(memberOf('reports'));
  const client = world.awsClient(email);
  expect((await client.getAccessToken()).token).toMatch(/^ya29\.local-google-access-token-/);
  world.google.optIn(email, email);
  const { status } = await client.request({
    url: `${world.google.url}/v1/projects/acme-data/serviceAccounts/${email}`,
  });
  expect(status).toBe(200);
  expect(world.google.calls.at(-1)).toMatchObject({ principal: `serviceAccount:${email}` });
});

it('answers 403 with Google’s message without a binding, and 404 for a missing account', async () => {
  const token = await federate();
  const denied = {
    status: 403,
    body: {
      error: {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        details: [{ reason: 'IAM_PERMISSION_DENIED' }],
      },
    },
  };
  expect(await mint(token)).toMatchObject(denied);
  world.google
    .policy(email)
    .replace({ bindings: [{ role: 'roles/viewer', members: [memberOf('reports')] }] });
  expect(await mint(token)).toMatchObject(denied);
  world.google.removeServiceAccount(email);
  expect(await mint(token)).toMatchObject({
    status: 404,
    body: { error: { status: 'NOT_FOUND', message: `Not found; Gaia id not found for email ${email}` } },
  });
});

it('ends access when a condition no longer holds', async () => {
  const condition = { title: 'until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
  world.google.policy(email).replace({ bindings: [{ role, members: [memberOf('reports')], condition }] });
  now = new Date('2029-12-31T23:59:59Z');
  const token = await federate();
  expect(await mint(token)).toMatchObject({ status: 200 });
  now = new Date('2030-01-01T00:00:00Z');
  expect(await mint(token)).toMatchObject({ status: 403 });
  expect(
    conditionHolds(
      { expression: condition.expression.replace('Z', '+01:00') },
      { now: new Date('2029-12-31T23:30:00Z') },
    ),
  ).toBe(false);
});

it('a condition that cannot be evaluated never holds: accounts have no resource.name', async () => {
  const condition = { title: 'named', expression: 'resource.name.endsWith("x")' };
  world.google.policy(email).replace({ bindings: [{ role, members: [memberOf('reports')], condition }] });
  expect(await mint(await federate())).toMatchObject({ status: 403 });
});

it('issues tokens for an hour by default, or for a shorter requested time', async () => {
  bind(memberOf('reports'));
  now = new Date('2030-01-01T00:00:00.999Z');
  const token = await federate();
  const expiry = (expireTime: string) => ({ body: { expireTime } });
  expect(await mint(token)).toMatchObject(expiry('2030-01-01T01:00:00Z'));
  expect(await mint(token, { scope: ['x'], lifetime: '600s' })).toMatchObject(expiry('2030-01-01T00:10:00Z'));
  for (const lifetime of ['3601s', '600', '0s', 600])
    expect(await mint(token, { scope: ['x'], lifetime })).toMatchObject({ status: 400 });
  expect(await mint(token, {})).toMatchObject({ status: 400 });
});

it('expires tokens by the world’s clock', async () => {
  bind(memberOf('reports'));
  const token = await federate();
  now = new Date(now.getTime() + 3_600_000);
  expect(await mint(token)).toMatchObject({ status: 401 });
});
