import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, startCommand, variablesOf } from '../support/command-line.ts';
import { withFile } from '../support/scratch.ts';
import { findSecrets } from '../support/secrets.ts';
import { reader } from '../support/settings.ts';

const key = 'google-access';
let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
});

/** Every startCloud of the suite does this check when it is closed. */
const leaks = () => findSecrets(cloud.said(), [...cloud.aws.secrets(), ...cloud.google.secrets()]);

it('a grant, a failure at Google and a revocation print no secret, though many were issued', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  const recover = cloud.google.intercept(({ method }) =>
    method === 'sts.token' || method.startsWith('iamcredentials.')
      ? { kind: 'error', code: 403, status: 'PERMISSION_DENIED', message: 'not today' }
      : undefined,
  );
  cloud.stack.killContainers();
  await cloud.createRole('app-1', { [key]: reader });
  await cloud.settled();
  recover();
  await cloud.deleteRole('reports');
  await cloud.settled();
  expect(cloud.outcomeTypes()).toEqual(expect.arrayContaining(['Granted', 'Failed', 'Revoked']));
  // The functions' keys and session tokens, Google's federated and access tokens, and a signature for each call.
  expect(cloud.aws.secrets().length).toBeGreaterThan(20);
  expect(cloud.google.secrets().filter((token) => token.includes('federated')).length).toBeGreaterThan(0);
  expect(cloud.said().length).toBeGreaterThan(50);
  expect(leaks()).toEqual([]);
  await cloud.close();
});

const leak = /^secrets were told:\n/;
const secrets = {
  'a secret key of AWS': () => cloud.aws.admin.secretAccessKey,
  'a session token of AWS': () => cloud.aws.admin.sessionToken,
  'an access token of Google': () => cloud.google.issueToken('user:a@example.com'),
  'a signature': () => cloud.aws.secrets().find((secret) => /^[0-9a-f]{64}$/.test(secret)) ?? '',
};

describe('a planted secret is found when the world is closed', () => {
  it.each(Object.entries(secrets))('%s, in a tag, an outcome and a log', async (_, secretOf) => {
    await cloud.createRole('other');
    const secret = secretOf();
    expect(secret.length).toBeGreaterThan(10);
    // A refusal repeats the tag.
    await cloud.createRole('reports', { [key]: secret });
    await cloud.settled();
    const texts = leaks().join('\n');
    for (const place of ['Google Access Refused', '"CreateRole"', '"level":"INFO"'])
      expect(texts).toContain(place);
    expect(texts).toContain(`<${secret.slice(0, 12)}…>`);
    await expect(cloud.close()).rejects.toThrow(leak);
  });
});

it('an error that echoes its input is logged without them', async () => {
  const [secretKey = '', ...others] = Object.values(secrets).map((secretOf) => secretOf());
  // The sweep repeats the input that it was invoked with if it does not understand it.
  const invoked = await cloud.stack.invoke('sweep', { [secretKey]: `Bearer ${others.join(' ')}` });
  expect(JSON.stringify(invoked)).toContain('[redacted]');
  await cloud.close();
});

describe('a planted secret is found when a command ends', () => {
  it('in its results, in both forms', async () => {
    await cloud.createRole('reports', { [key]: cloud.google.issueToken('user:a@example.com') });
    for (const flags of [[], ['--json']])
      await expect(command(variablesOf(cloud), 'roles', ...flags)).rejects.toThrow(leak);
    await expect(cloud.close()).rejects.toThrow(leak);
  });

  it('in its input', async () => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${'planted'.repeat(9)}\n-----END PRIVATE KEY-----\n`;
    const adc = JSON.stringify({ type: 'service_account', private_key: pem });
    const scripts = [
      'console.error(process.env.AWS_SESSION_TOKEN)',
      'console.log(encodeURIComponent(process.env.AWS_SECRET_ACCESS_KEY))',
      "console.log(require('node:fs').readFileSync(process.env.GOOGLE_APPLICATION_CREDENTIALS, 'utf8'))",
    ];
    await withFile(adc, async (path) => {
      const variables = { ...variablesOf(cloud), GOOGLE_APPLICATION_CREDENTIALS: path };
      for (const script of scripts)
        await expect(startCommand(variables, [script], '-e').ended).rejects.toThrow(leak);
    });
    await cloud.close();
  });

  it('local up may print those of its own world in one field, and nowhere else', async () => {
    const { secretAccessKey } = cloud.aws.admin;
    const printed = JSON.stringify({ environment: { AWS_SECRET_ACCESS_KEY: secretAccessKey } }, null, 2);
    const up = (text: string) =>
      startCommand(variablesOf(cloud), ['local', 'up', text], 'tests/support/say.cjs').ended;
    expect(await up(printed)).toMatchObject({ status: 0, stdout: `${printed}\n` });
    await expect(up(`${printed} ${secretAccessKey}`)).rejects.toThrow(leak);
    await cloud.close();
  });
});
