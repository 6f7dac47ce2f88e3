import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { accountId } from '../testing/settings.ts';
import { type AwsWorld, startAws } from './world.ts';

let aws: AwsWorld;
let sts: STSClient;
beforeAll(async () => {
  aws = await startAws({ accountId });
  aws.iam.perform('CreateRole', { RoleName: 'reports', Path: '/apps/', AssumeRolePolicyDocument: '{}' });
  sts = new STSClient({ region: 'eu-west-1', endpoint: aws.url, credentials: aws.admin, maxAttempts: 1 });
});
afterAll(async () => {
  sts.destroy();
  await aws.close();
});

const assume = (role: string, more: { RoleSessionName?: string; DurationSeconds?: number } = {}) =>
  sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${accountId}:role/${role}`,
      RoleSessionName: 'alice',
      ...more,
    }),
  );

it('returns credentials that STS knows as the assumed role, without its path', async () => {
  const { Credentials, AssumedRoleUser } = await assume('apps/reports', { DurationSeconds: 900 });
  const arn = `arn:aws:sts::${accountId}:assumed-role/reports/alice`;
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};
  expect(AssumedRoleUser?.Arn).toBe(arn);
  expect(Number(Expiration) - Date.now()).toBeGreaterThan(800_000);
  expect(Number(Expiration) - Date.now()).toBeLessThanOrEqual(900_000);
  expect(aws.secrets()).toEqual(expect.arrayContaining([SecretAccessKey, SessionToken]));
  const own = new STSClient({
    region: 'eu-west-1',
    endpoint: aws.url,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  expect(await own.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: accountId,
    Arn: arn,
    UserId: AssumedRoleUser?.AssumedRoleId,
  });
  own.destroy();
  expect(aws.calls.find(({ action }) => action === 'sts:AssumeRole')?.resources).toEqual([
    `arn:aws:iam::${accountId}:role/apps/reports`,
  ]);
});

it.each([
  ['a role that is not there', 'gone'],
  ['a role by a wrong path', 'reports'],
])('%s: AccessDenied, as in AWS', async (_, role) => {
  await expect(assume(role)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:sts::${accountId}:assumed-role/Administrator/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${accountId}:role/${role}`,
  });
});

it.each([
  [{ RoleSessionName: 'a b' }, "at 'roleSessionName'"],
  [{ RoleSessionName: 'x'.repeat(65) }, "at 'roleSessionName'"],
  [{ DurationSeconds: 60 }, "at 'DurationSeconds'"],
  [{ DurationSeconds: 43_201 }, "at 'DurationSeconds'"],
])('%j is not valid', async (more, reason) => {
  await expect(assume('apps/reports', more)).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining(reason),
  });
});
