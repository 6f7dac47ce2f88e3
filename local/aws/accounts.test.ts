import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { CreateRoleCommand, GetRoleCommand, TagRoleCommand } from '@aws-sdk/client-iam';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { AwsAccount } from './world.ts';

const memberId = '444455556666';
const AssumeRolePolicyDocument = '{}';
let at: Harness;
let member: AwsAccount;
beforeEach(async () => {
  at = await startHarness();
  member = at.aws.addAccount(memberId);
});
afterEach(() => at.close());

it('keeps the roles of one account apart from roles of the same name in another', async () => {
  const RoleName = 'reports';
  const inMember = at.as(member.admin);
  await at.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  expect(await failureOf(inMember.iam.send(new GetRoleCommand({ RoleName })))).toBe(
    'NoSuchEntityException 404',
  );
  await inMember.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await inMember.iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'x' }] }));
  const { Role } = await inMember.iam.send(new GetRoleCommand({ RoleName }));
  expect(Role).toMatchObject({ Arn: `arn:aws:iam::${memberId}:role/${RoleName}` });
  expect(at.aws.iam.role(RoleName)?.tags).toEqual([]);
  expect(member.iam.role(RoleName)?.tags).toEqual([{ key: 'team', value: 'x' }]);
  expect(member.iam.role(RoleName)?.roleId).not.toBe(at.aws.iam.role(RoleName)?.roleId);
});

it('reports a member’s role events on its own bus only', async () => {
  const RoleName = 'reports';
  await at.as(member.admin).iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  expect(at.aws.bus.history).toEqual([]);
  expect(member.bus.history).toMatchObject([
    {
      source: 'aws.iam',
      account: memberId,
      detail: { recipientAccountId: memberId, eventName: 'CreateRole' },
    },
  ]);
});

it('keeps parameters apart, by account and region', async () => {
  const Name = '/google/reports/default';
  await at
    .as(member.admin, 'eu-central-1')
    .ssm.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String' }));
  const read = (credentials: AwsAccount['admin'], region: string) =>
    at.as(credentials, region).ssm.send(new GetParameterCommand({ Name }));
  expect((await read(member.admin, 'eu-central-1')).Parameter).toMatchObject({
    ARN: `arn:aws:ssm:eu-central-1:${memberId}:parameter${Name}`,
  });
  expect(await failureOf(read(member.admin, 'us-east-1'))).toBe('ParameterNotFound 400');
  expect(await failureOf(read(at.aws.admin, 'eu-central-1'))).toBe('ParameterNotFound 400');
});

it('serves a session of an assumed role in the role’s account', async () => {
  member.iam.perform('CreateRole', { RoleName: 'rolebridge-prod-member', AssumeRolePolicyDocument });
  const RoleArn = `arn:aws:iam::${memberId}:role/rolebridge-prod-member`;
  const { Credentials, AssumedRoleUser } = await at.sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sweep' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const session = at.as({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  });
  const Arn = `arn:aws:sts::${memberId}:assumed-role/rolebridge-prod-member/sweep`;
  expect(AssumedRoleUser?.Arn).toBe(Arn);
  expect(await session.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: memberId, Arn });
  await session.iam.send(new GetRoleCommand({ RoleName: 'rolebridge-prod-member' }));
  expect(at.aws.calls.at(-1)).toMatchObject({
    action: 'iam:GetRole',
    accountId: memberId,
    principalArn: Arn,
    resources: [RoleArn],
  });
});

it('refuses a role of an account that does not exist like a missing role', async () => {
  const RoleArn = 'arn:aws:iam::777788889999:role/rolebridge-prod-member';
  await expect(
    at.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sweep' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('lists the opt-in regions that each account enabled', async () => {
  member.optedInRegions.add('eu-south-1');
  const names = async (credentials: AwsAccount['admin']) => {
    const { Regions = [] } = await at.as(credentials).ec2.send(new DescribeRegionsCommand({}));
    return Regions.map(({ RegionName }) => RegionName);
  };
  expect(await names(member.admin)).toContain('eu-south-1');
  expect(await names(at.aws.admin)).not.toContain('eu-south-1');
});

it('accepts each account id once', () => {
  expect(() => at.aws.addAccount(memberId)).toThrow('exists already');
  expect(() => at.aws.account('777788889999')).toThrow('does not exist');
  expect(at.aws.account(memberId)).toBe(member);
  expect(at.aws.account(accountId).iam).toBe(at.aws.iam);
});

it('refuses calls in an opt-in region until the account has enabled it', async () => {
  const list = (credentials: AwsAccount['admin']) => {
    const { ssm, sts } = at.as(credentials, 'eu-south-1');
    return Promise.all([
      failureOf(ssm.send(new GetParameterCommand({ Name: '/x' }))),
      failureOf(sts.send(new GetCallerIdentityCommand({}))),
    ]);
  };
  const disabled = ['UnrecognizedClientException 400', 'InvalidClientTokenId 403'];
  expect(await list(member.admin)).toEqual(disabled);
  member.optedInRegions.add('eu-south-1');
  expect(await list(member.admin)).toEqual(['ParameterNotFound 400', 'it did not fail']);
  expect(await list(at.aws.admin)).toEqual(disabled);
});
