import { GetRoleCommand, TagRoleCommand } from '@aws-sdk/client-iam';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { isAllowed } from '../testing/is-allowed.ts';
import { accountId } from '../testing/settings.ts';
import type { AwsAccount, Credentials } from './world.ts';

const memberId = '444455556666';
const organizationId = 'o-a1b2c3d4e5';
const memberRole = 'rolebridge-prod-member';
const RoleArn = `arn:aws:iam::${memberId}:role/${memberRole}`;
const allow = (Action: string | readonly string[], Resource = '*', more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
});
const trust = (Condition: object, Principal: object = { AWS: `arn:aws:iam::${accountId}:root` }) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, Condition }],
});
const reconcileArn = `arn:aws:iam::${accountId}:role/rolebridge/rolebridge-prod-reconcile`;
const trusted = { ArnLike: { 'aws:PrincipalArn': reconcileArn } };
const createPolicy = (PolicyName: string, document: object) =>
  member.iam.perform('CreatePolicy', { PolicyName, PolicyDocument: JSON.stringify(document) });
const create = (
  { iam }: AwsAccount,
  role: {
    readonly RoleName: string;
    readonly Path?: string;
    readonly trust?: object;
    readonly policy?: object;
    readonly PermissionsBoundary?: string;
  },
) => {
  const { RoleName, Path, trust: document = {}, policy, PermissionsBoundary } = role;
  iam.perform('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify(document),
    ...(Path === undefined ? {} : { Path }),
    ...(PermissionsBoundary === undefined ? {} : { PermissionsBoundary }),
  });
  if (policy !== undefined)
    iam.perform('PutRolePolicy', {
      RoleName,
      PolicyName: 'own',
      PolicyDocument: JSON.stringify(policy),
    });
};

let at: Harness;
let member: AwsAccount;
beforeEach(async () => {
  at = await startHarness({ isAllowed, organizationId });
  member = at.aws.addAccount(memberId);
  create(at.aws, {
    RoleName: 'rolebridge-prod-reconcile',
    Path: '/rolebridge/',
    policy: allow('sts:AssumeRole', 'arn:aws:iam::*:role/rolebridge-prod-*', {
      Condition: { StringEquals: { 'aws:ResourceOrgID': organizationId } },
    }),
  });
  create(at.aws, { RoleName: 'other', policy: allow('sts:AssumeRole') });
});
afterEach(() => at.close());

const assume = (as: Credentials, more: Partial<AssumeRoleCommandInput> = {}) =>
  at.as(as).sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'reconcile', ...more }));
const reconcile = () => at.aws.issueRoleCredentials('rolebridge-prod-reconcile', 'x');
const sessionOf = async (more: Partial<AssumeRoleCommandInput> = {}) => {
  const { Credentials: issued } = await assume(reconcile(), more);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = issued ?? {};
  return at.as({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
};

describe('the trust policy of a role in another account', () => {
  it.each([
    ['the caller', trusted],
    [
      'the caller in its organization',
      { ...trusted, StringEquals: { 'aws:PrincipalOrgID': organizationId } },
    ],
    [
      'a pattern of callers',
      { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/rolebridge/*` } },
    ],
  ])('admits %s', async (_, condition) => {
    create(member, { RoleName: memberRole, trust: trust(condition) });
    const { AssumedRoleUser } = await assume(reconcile());
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${memberId}:assumed-role/${memberRole}/reconcile`);
    await expect(assume(at.aws.issueRoleCredentials('other', 'x'))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:sts::${accountId}:assumed-role/other/x is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    });
  });

  it.each([
    ['another role', { StringEquals: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/else` } }],
    ['another organization', { ...trusted, StringEquals: { 'aws:PrincipalOrgID': 'o-other' } }],
    ['an external id that was not sent', { ...trusted, StringEquals: { 'sts:ExternalId': 'secret' } }],
  ])('refuses the caller if it names %s', async (_, condition) => {
    create(member, { RoleName: memberRole, trust: trust(condition) });
    expect(await failureOf(assume(reconcile()))).toBe('AccessDenied 403');
  });

  it('compares the external id', async () => {
    const condition = { ...trusted, StringEquals: { 'sts:ExternalId': 'secret' } };
    create(member, { RoleName: memberRole, trust: trust(condition) });
    await assume(reconcile(), { ExternalId: 'secret' });
    expect(await failureOf(assume(reconcile(), { ExternalId: 'wrong' }))).toBe('AccessDenied 403');
  });

  it('refuses a caller of another account, even its administrator', async () => {
    create(member, { RoleName: memberRole, trust: trust(trusted) });
    const stranger = at.aws.addAccount('777788889999');
    expect(await failureOf(assume(stranger.admin))).toBe('AccessDenied 403');
    expect(await failureOf(assume(member.admin))).toBe('AccessDenied 403');
  });
});

it('refuses to assume a role outside the organization that the caller’s policy names', async () => {
  const outsider = at.aws.addAccount('777788889999', { organizationId: 'o-other' });
  create(outsider, { RoleName: memberRole, trust: trust(trusted) });
  const RoleInOther = `arn:aws:iam::777788889999:role/${memberRole}`;
  expect(await failureOf(assume(reconcile(), { RoleArn: RoleInOther }))).toBe('AccessDenied 403');
});

it('admits the caller’s role after it was deleted and created again', async () => {
  create(member, { RoleName: memberRole, trust: trust(trusted) });
  at.aws.iam.perform('DeleteRolePolicy', { RoleName: 'rolebridge-prod-reconcile', PolicyName: 'own' });
  at.aws.iam.perform('DeleteRole', { RoleName: 'rolebridge-prod-reconcile' });
  create(at.aws, {
    RoleName: 'rolebridge-prod-reconcile',
    Path: '/rolebridge/',
    policy: allow('sts:AssumeRole'),
  });
  expect((await assume(reconcile())).AssumedRoleUser?.Arn).toContain(`:${memberId}:`);
});

describe('a session in another account', () => {
  const path = `arn:aws:ssm:*:${memberId}:parameter/google/*`;
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iam:GetRole', Resource: `arn:aws:iam::${memberId}:role/*` },
      { Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: path },
    ],
  };
  const read = (Path: string) => new GetParametersByPathCommand({ Path });

  it('does what its role’s policies allow, and nothing else', async () => {
    create(member, { RoleName: memberRole, trust: trust(trusted), policy });
    const { iam, ssm } = await sessionOf();
    await iam.send(new GetRoleCommand({ RoleName: memberRole }));
    await ssm.send(read('/google/reports'));
    expect(await failureOf(ssm.send(read('/other')))).toBe('AccessDeniedException 400');
    const Tags = [{ Key: 'a', Value: 'b' }];
    expect(await failureOf(iam.send(new TagRoleCommand({ RoleName: memberRole, Tags })))).toBe(
      'AccessDenied 403',
    );
    expect(member.iam.role(memberRole)?.tags).toEqual([]);
    expect(member.bus.history.at(-1)).toMatchObject({
      detail: { eventName: 'TagRole', errorCode: 'AccessDenied' },
    });
  });

  it('is limited by its session policy', async () => {
    create(member, { RoleName: memberRole, trust: trust(trusted), policy });
    const { iam, ssm } = await sessionOf({ Policy: JSON.stringify(allow('iam:GetRole')) });
    await iam.send(new GetRoleCommand({ RoleName: memberRole }));
    expect(await failureOf(ssm.send(read('/google/reports')))).toBe('AccessDeniedException 400');
  });

  it('is limited by its role’s permissions boundary', async () => {
    const PermissionsBoundary = `arn:aws:iam::${memberId}:policy/boundary`;
    createPolicy('boundary', allow('ssm:*'));
    create(member, { RoleName: memberRole, trust: trust(trusted), policy, PermissionsBoundary });
    const { iam, ssm } = await sessionOf();
    await ssm.send(read('/google/reports'));
    expect(await failureOf(iam.send(new GetRoleCommand({ RoleName: memberRole })))).toBe('AccessDenied 403');
    expect(at.aws.account(memberId).iam.role(memberRole)).toMatchObject({
      permissionsBoundary: PermissionsBoundary,
    });
  });

  it('may use an attached policy only if its document is known', async () => {
    create(member, { RoleName: memberRole, trust: trust(trusted) });
    const PolicyArn = `arn:aws:iam::${memberId}:policy/reader`;
    member.iam.perform('AttachRolePolicy', { RoleName: memberRole, PolicyArn });
    const { iam } = await sessionOf();
    const get = new GetRoleCommand({ RoleName: memberRole });
    expect(await failureOf(iam.send(get))).toBe('AccessDenied 403');
    createPolicy('reader', policy);
    await iam.send(get);
  });
});
