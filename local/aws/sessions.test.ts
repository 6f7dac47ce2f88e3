import { GetRoleCommand } from '@aws-sdk/client-iam';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { type Clients, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

const RoleName = 'reports';
const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`;
const create = (more: object = {}) =>
  at.aws.iam.perform('CreateRole', { RoleName, AssumeRolePolicyDocument: '{}', ...more });
let at: Harness;
beforeEach(async () => {
  at = await startHarness();
  create();
});
afterEach(() => at.close());

const assume = (more: Partial<AssumeRoleCommandInput> = {}) =>
  at.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice', ...more }));
const sessionOf = async (more: Partial<AssumeRoleCommandInput> = {}): Promise<Clients> => {
  const {
    AccessKeyId = '',
    SecretAccessKey = '',
    SessionToken = '',
  } = (await assume(more)).Credentials ?? {};
  return at.as({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
};
const getRole = ({ iam }: Clients) => iam.send(new GetRoleCommand({ RoleName }));

it('ends a session at its expiration, and names the error as each protocol does', async () => {
  const session = await sessionOf({ DurationSeconds: 900 });
  at.advance(899);
  await getRole(session);
  at.advance(1);
  expect(await failureOf(getRole(session))).toBe('ExpiredToken 403');
  expect(await failureOf(session.ssm.send(new GetParameterCommand({ Name: '/x' })))).toBe(
    'ExpiredTokenException 400',
  );
});

it('ends the sessions of a deleted role, even if a role of the same name exists', async () => {
  const session = await sessionOf();
  at.aws.iam.perform('DeleteRole', { RoleName });
  expect(await failureOf(getRole(session))).toBe('InvalidClientTokenId 403');
  create();
  expect(await failureOf(getRole(session))).toBe('InvalidClientTokenId 403');
  await getRole(await sessionOf());
});

it('limits a chained session to an hour, regardless of what the role allows', async () => {
  at.aws.iam.perform('DeleteRole', { RoleName });
  create({ MaxSessionDuration: 7_200 });
  await assume({ DurationSeconds: 3_600 });
  await expect(assume({ DurationSeconds: 3_601 })).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining('1 hour session limit'),
  });
});

it.each([
  ['{', 'MalformedPolicyDocumentException'],
  [`{"a":"${'x'.repeat(2_048)}"}`, 'ValidationError'],
])('refuses a session policy that is not valid', async (Policy, name) => {
  await expect(assume({ Policy })).rejects.toMatchObject({ name });
});
