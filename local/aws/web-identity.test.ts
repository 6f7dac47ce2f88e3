import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { provider, subject, tokenOf, trustPolicy } from '../testing/cluster.ts';
import { accountId } from '../testing/settings.ts';
import { type AwsWorld, startAws } from './world.ts';

let aws: AwsWorld;
let sts: STSClient;
beforeAll(async () => {
  aws = await startAws({ accountId });
  aws.identityProviders.push(provider);
  for (const [RoleName, AssumeRolePolicyDocument] of [
    ['reports', trustPolicy],
    ['other', '{}'],
  ])
    aws.iam.perform('CreateRole', { RoleName, Path: '/eks/', AssumeRolePolicyDocument });
  sts = new STSClient({ region: 'eu-west-1', endpoint: aws.url, maxAttempts: 1 });
});
afterAll(async () => {
  sts.destroy();
  await aws.close();
});

const assume = (token: string, role = 'eks/reports') =>
  sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${accountId}:role/${role}`,
      RoleSessionName: 'pod-1',
      WebIdentityToken: token,
      DurationSeconds: 900,
    }),
  );

it('exchanges a token that the trust policy allows for a session of the role', async () => {
  const answer = await assume(tokenOf());
  const arn = `arn:aws:sts::${accountId}:assumed-role/reports/pod-1`;
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: subject,
    AssumedRoleUser: { Arn: arn },
    Audience: 'sts.amazonaws.com',
  });
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
  expect(Number(Expiration) - Date.now()).toBeLessThanOrEqual(900_000);
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  const own = new STSClient({ region: 'eu-west-1', endpoint: aws.url, credentials });
  expect(await own.send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn });
  own.destroy();
});

it.each<[string, string, string, string?]>([
  ['another service account', 'AccessDenied', tokenOf({ sub: 'system:serviceaccount:apps:other' })],
  ['another role', 'AccessDenied', tokenOf(), 'other'],
  ['a role that is not there', 'AccessDenied', tokenOf(), 'gone'],
  ['a role by a wrong path', 'AccessDenied', tokenOf(), 'reports'],
  ['another cluster', 'InvalidIdentityTokenException', tokenOf({ iss: 'https://other.example' })],
  ['a forged token', 'InvalidIdentityTokenException', tokenOf({}, true)],
  ['another audience', 'InvalidIdentityTokenException', tokenOf({ aud: 'vault' })],
  ['a token that ended', 'ExpiredTokenException', tokenOf({ exp: 1 })],
  ['not a token', 'InvalidIdentityTokenException', 'nonsense'],
])('%s: %s', async (_, name, token, role = 'eks/reports') => {
  await expect(assume(token, role)).rejects.toMatchObject({ name });
});

it('every other call needs a signature', async () => {
  const answer = await fetch(aws.url, {
    method: 'POST',
    body: new URLSearchParams({ Action: 'GetCallerIdentity' }),
  });
  expect({ status: answer.status, body: await answer.text() }).toEqual({
    status: 403,
    body: expect.stringContaining('MissingAuthenticationToken'),
  });
});
