import { audience, type Harness, memberOf, pool, startHarness } from '../testing/google-harness.ts';
import { accountId, email } from '../testing/settings.ts';

const role = 'roles/iam.workloadIdentityUser';
const session = `arn:aws:sts::${accountId}:assumed-role/reports/i-0123456789abcdef0`;
let now = new Date();
let world: Harness;
beforeEach(async () => {
  now = new Date();
  world = await startHarness({ now: () => now });
});
afterEach(() => world.close());

const federate = async (): Promise<string> => (await world.awsClient().getAccessToken()).token ?? '';
const exchange = async (fields: Readonly<Record<string, string>> = {}, asJson = false) => {
  const form = {
    audience,
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    subject_token: await world.awsClient().retrieveSubjectToken(),
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    ...fields,
  };
  const response = await fetch(`${world.google.url}/v1/token`, {
    method: 'POST',
    body: asJson ? JSON.stringify(form) : new URLSearchParams(form),
    ...(asJson ? { headers: { 'content-type': 'application/json' } } : {}),
  });
  return { status: response.status, ...((await response.json()) as object) };
};
const bind = (...members: readonly string[]) =>
  world.google.policy(email).replace({ bindings: [{ role, members }] });

const mint = async (token: string, body: object = { scope: ['x'] }) =>
  world.post(`/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, body, token);

describe('the caller is verified as Google does it', () => {
  it('forwards the signed request to AWS with its headers, including host', async () => {
    expect(await federate()).toMatch(/^ya29\.local-google-federated-token-/);
    const [request] = world.sts.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/?Action=GetCallerIdentity&Version=2011-06-15',
      headers: {
        host: 'sts.eu-west-1.amazonaws.com',
        'x-goog-cloud-target-resource': audience,
        'x-amz-security-token': 'session-token',
        authorization: expect.stringContaining('AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/'),
      },
    });
  });

  it('AWS may answer in JSON; the exchange accepts a form or JSON', async () => {
    world.sts.asJson = true;
    const granted = { status: 200, token_type: 'Bearer', expires_in: 3600, access_token: expect.any(String) };
    expect(await exchange()).toMatchObject(granted);
    expect(await exchange({}, true)).toMatchObject(granted);
  });

  it('refuses a caller that AWS refuses, or that belongs to another account', async () => {
    world.sts.status = 403;
    expect(await exchange()).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      error_description: expect.stringContaining('SignatureDoesNotMatch'),
    });
    world.sts.status = 200;
    world.sts.identity = { arn: session.replace(accountId, '444455556666'), account: '444455556666' };
    expect(await exchange()).toMatchObject({ status: 400, error: 'unauthorized_client' });
  });

  const edited = async (
    edit: (token: { url: string; headers: { key: string; value: string }[] }) => void,
  ) => {
    const token = JSON.parse(decodeURIComponent(await world.awsClient().retrieveSubjectToken()));
    edit(token);
    return encodeURIComponent(JSON.stringify(token));
  };
  it.each([
    ['another host', (url: string) => url.replace('amazonaws.com', 'example.com')],
    [
      'a host that only looks like it',
      (url: string) => url.replace('.amazonaws.com', '.amazonaws.com.example.com'),
    ],
    ['another scheme', (url: string) => url.replace('https:', 'http:')],
    ['another question', (url: string) => url.replace('GetCallerIdentity', 'AssumeRole')],
  ])('does not forward a subject token for %s', async (_, change) => {
    const subject_token = await edited((token) => {
      token.url = change(token.url);
    });
    expect(await exchange({ subject_token })).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(world.sts.requests).toEqual([]);
  });

  const escapedMore = (text: string): string =>
    encodeURIComponent(text).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const encoders: Readonly<Record<string, (text: string) => string>> = {
    "JavaScript's encodeURIComponent": encodeURIComponent,
    "Python's urllib.parse.quote": (text) => escapedMore(text).replaceAll('%2F', '/'),
    "Go's url.QueryEscape": (text) => escapedMore(text).replaceAll('%20', '+'),
    "Java's URLEncoder": (text) =>
      escapedMore(text).replaceAll('%20', '+').replaceAll('~', '%7E').replaceAll('%2A', '*'),
  };
  describe.each(Object.entries(encoders))('a subject token that was escaped by %s', (_, encode) => {
    it.each([
      ['spaces', 'a b  c'],
      ['plus signs', 'a+b++c'],
      ['base64 with its padding', 'FwoGZXIvYXdzE+/x+9//w=='],
      ['text that looks escaped', 'a%2Bb%20c%25'],
      ['every other character that is escaped in some way', '&=?#~*!\'()<>"\\'],
    ])('reaches AWS with %s unchanged', async (_characters, value) => {
      const token = JSON.parse(decodeURIComponent(await world.awsClient().retrieveSubjectToken())) as {
        headers: { key: string; value: string }[];
      };
      for (const header of token.headers) if (header.key === 'x-amz-security-token') header.value = value;
      const subject_token = encode(JSON.stringify(token));
      expect(await exchange({ subject_token })).toMatchObject({ status: 200 });
      expect(world.sts.requests[0]?.headers).toMatchObject({
        'x-amz-security-token': value,
        authorization: expect.stringContaining('AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/'),
      });
    });
  });

  it('refuses a subject token for another audience, or none', async () => {
    const subject_token = await edited(({ headers }) => {
      for (const header of headers) if (header.key === 'x-goog-cloud-target-resource') header.value += 'x';
    });
    expect(await exchange({ subject_token })).toMatchObject({ error: 'invalid_grant' });
    expect(await exchange({ subject_token: 'rubbish' })).toMatchObject({ error: 'invalid_grant' });
    expect(await exchange({ grant_type: 'password' })).toMatchObject({ error: 'invalid_request' });
    expect(await exchange({ scope: '' })).toMatchObject({ error: 'invalid_request' });
    expect(await exchange({ audience: 'aws-pool' })).toMatchObject({ error: 'invalid_request' });
  });
});

describe('pool and provider', () => {
  const invalidTarget = {
    status: 400,
    error: 'invalid_target',
    error_description: expect.stringContaining('disabled or deleted or because it doesn'),
  };
  const pools = () => world.as().projects.locations.workloadIdentityPools;
  const provider = `${pool}/providers/aws-provider`;

  it('a missing, disabled or deleted provider admits no one; earlier tokens stay valid', async () => {
    const token = await federate();
    bind(`principalSet://iam.googleapis.com/${pool}/*`);
    expect(await exchange({ audience: audience.replace('aws-provider', 'other') })).toMatchObject(
      invalidTarget,
    );
    await pools().providers.patch({
      name: provider,
      updateMask: 'disabled',
      requestBody: { disabled: true },
    });
    expect(await exchange()).toMatchObject(invalidTarget);
    await pools().providers.patch({
      name: provider,
      updateMask: 'disabled',
      requestBody: { disabled: false },
    });
    expect(await exchange()).toMatchObject({ status: 200 });
    await pools().providers.delete({ name: provider });
    expect(await exchange()).toMatchObject(invalidTarget);
    expect(await mint(token)).toMatchObject({ status: 200 });
  });

  it('a disabled or deleted pool also ends the tokens that it issued', async () => {
    bind(`principalSet://iam.googleapis.com/${pool}/*`);
    const token = await federate();
    await pools().patch({ name: pool, updateMask: 'disabled', requestBody: { disabled: true } });
    expect(await exchange()).toMatchObject(invalidTarget);
    expect(await mint(token)).toMatchObject({ status: 401 });
    await pools().patch({ name: pool, updateMask: 'disabled', requestBody: { disabled: false } });
    expect(await mint(token)).toMatchObject({ status: 200 });
    await pools().delete({ name: pool });
    expect(await mint(token)).toMatchObject({ status: 401 });
    expect(await exchange()).toMatchObject(invalidTarget);
  });
});

describe('attributes', () => {
  const provide = (options: object) =>
    void world.google.addProvider('aws-pool', 'aws-provider', accountId, options);

  it('maps the ARN to the subject, and the ARN without its session to aws_role, by default', async () => {
    const token = await federate();
    bind(`principal://iam.googleapis.com/${pool}/subject/${session}`);
    expect(await mint(token)).toMatchObject({ status: 200 });
    bind(memberOf('reports'));
    expect(await mint(token)).toMatchObject({ status: 200 });
    bind(memberOf('reports2'), memberOf('report'), memberOf('Reports'), 'user:a@acme.com');
    expect(await mint(token)).toMatchObject({ status: 403 });
  });

  it('replaces the default with the provider’s own mapping, so that the usual member does not match', async () => {
    provide({
      attributeMapping: {
        'google.subject': 'assertion.arn',
        'attribute.aws_role': "assertion.arn.extract('assumed-role/{role}/')",
      },
    });
    bind(memberOf('reports'));
    expect(await mint(await federate())).toMatchObject({ status: 403 });
    bind(`principalSet://iam.googleapis.com/${pool}/attribute.aws_role/reports`);
    expect(await mint(await federate())).toMatchObject({ status: 200 });
  });

  it('the attribute condition admits or rejects', async () => {
    provide({ attributeCondition: `assertion.arn.startsWith('arn:aws:sts::${accountId}:assumed-role/')` });
    expect(await exchange()).toMatchObject({ status: 200 });
    for (const attributeCondition of [
      "attribute.aws_role.endsWith('/other')",
      "google.subject == 'x'",
      'attribute.nothing',
    ]) {
      provide({ attributeCondition });
      expect(await exchange()).toMatchObject({
        status: 400,
        error: 'unauthorized_client',
        error_description: 'The given credential is rejected by the attribute condition.',
      });
    }
  });

  it('accepts a subject of 127 bytes, but not of 128', async () => {
    const ofLength = (length: number) => {
      const start = `arn:aws:sts::${accountId}:assumed-role/`;
      return `${start}${'r'.repeat(length - start.length - 2)}/s`;
    };
    world.sts.identity = { arn: ofLength(127), account: accountId };
    expect(await exchange()).toMatchObject({ status: 200 });
    world.sts.identity = { arn: ofLength(128), account: accountId };
    expect(await exchange()).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      error_description: 'The size of mapped attribute google.subject exceeds the 127 bytes limit.',
    });
  });
});
