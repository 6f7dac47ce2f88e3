import { type Cloud, startCloud } from '../support/cloud.ts';
import { findSecrets } from '../support/secrets.ts';
import { reader } from '../support/settings.ts';

const key = 'google-access';
let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
});

/** Every startCloud of the suite checks itself so when it is closed. */
const leaks = () => findSecrets(cloud.said(), [...cloud.aws.secrets(), ...cloud.google.secrets()]);

it('a grant, a failure at Google and a revocation tell no secret, though many were issued', async () => {
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
  // The functions' keys and session tokens, Google's federated and access tokens, a signature for each call.
  expect(cloud.aws.secrets().length).toBeGreaterThan(20);
  expect(cloud.google.secrets().filter((token) => token.includes('federated')).length).toBeGreaterThan(0);
  expect(cloud.said().length).toBeGreaterThan(50);
  expect(leaks()).toEqual([]);
  await cloud.close();
});

describe('a planted secret is found when the world is closed', () => {
  const secrets = {
    'a secret key of AWS': () => cloud.aws.admin.secretAccessKey,
    'a session token of AWS': () => cloud.aws.admin.sessionToken,
    'an access token of Google': () => cloud.google.issueToken('user:a@example.com'),
    'a signature': () => cloud.aws.secrets().find((secret) => /^[0-9a-f]{64}$/.test(secret)) ?? '',
  };
  it.each(Object.entries(secrets))('%s, in an error that echoes its input', async (_, secretOf) => {
    await cloud.createRole('reports');
    const secret = secretOf();
    expect(secret.length).toBeGreaterThan(10);
    // The sweep says what it was invoked with, where it does not understand it.
    await cloud.stack.invoke('sweep', { authorization: `Bearer ${secret}` });
    await expect(cloud.close()).rejects.toThrow(/^secrets were told:\n/);
  });

  it('in an outcome, in a parameter, in a tag', async () => {
    const token = cloud.google.issueToken('user:a@example.com');
    await cloud.createRole('reports', { [key]: token });
    await cloud.settled();
    expect(leaks().some((text) => text.includes('Google Access Refused'))).toBe(true);
    await expect(cloud.close()).rejects.toThrow('<local-google…>');
  });
});
