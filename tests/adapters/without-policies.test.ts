import { Readable } from 'node:stream';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import type { AccountClients } from '../../shared/adapters/aws/clients.ts';
import { awsListings } from '../../shared/adapters/aws/listings.ts';

const policy = `%7B${'x'.repeat(4_000)}%7D`;

const role = (name: string, more = ''): string =>
  `<member><Path>/</Path><RoleName>${name}</RoleName><RoleId>AROA${name}</RoleId><Arn>arn:aws:iam::444455556666:role/${name}</Arn>` +
  `<AssumeRolePolicyDocument>${policy}</AssumeRolePolicyDocument>` +
  `<InstanceProfileList><member><InstanceProfileName>p</InstanceProfileName><Roles><member><RoleName>nested</RoleName>` +
  `<AssumeRolePolicyDocument>${policy}</AssumeRolePolicyDocument></member></Roles></member></InstanceProfileList>` +
  `<RolePolicyList><member><PolicyName>work</PolicyName><PolicyDocument>${policy}</PolicyDocument></member></RolePolicyList>` +
  `<AttachedManagedPolicies/>${more}</member>`;

const page = (roles: string): string =>
  `<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountAuthorizationDetailsResult>` +
  `<IsTruncated>false</IsTruncated><RoleDetailList>${roles}</RoleDetailList>` +
  `</GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`;

/** Lists the roles of an account whose IAM responds with this text, in chunks of a few bytes. */
const listed = async (text: string, statusCode = 200) => {
  const answer = () => ({
    response: {
      statusCode,
      headers: { 'x-amzn-requestid': 'r-1' },
      body: Readable.from(text.match(/[^]{1,97}/g)?.map((part) => Buffer.from(part)) ?? []),
    },
  });
  const iam = new IAMClient({
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle: () => Promise.resolve(answer()) },
  });
  const clients: AccountClients = {
    iam,
    ssm: noParameters,
    ssmWriter: noParameters,
    events: new EventBridgeClient({ region: 'us-east-1' }),
  };
  const roles = [];
  for await (const found of awsListings(() => clients, 1, AbortSignal.timeout(60_000)).roles('444455556666'))
    roles.push(...found);
  return roles;
};

const noParameters = (): never => {
  throw new Error('no parameters are read here');
};

it('the roles of a page keep their tags, and roles of instance profiles are not among them', async () => {
  const tags =
    '<Tags><member><Key>google-access</Key><Value>a@b &lt;RolePolicyList&gt;</Value></member></Tags>';
  expect(await listed(page(role('one', tags) + role('two')))).toEqual([
    {
      kind: 'present',
      ref: { partition: 'aws', accountId: '444455556666', roleName: 'one' },
      roleId: 'AROAone',
      arn: 'arn:aws:iam::444455556666:role/one',
      tags: [{ key: 'google-access', value: 'a@b <RolePolicyList>' }],
    },
    expect.objectContaining({ roleId: 'AROAtwo', tags: [] }),
  ]);
});

it('a page that ends inside a policy is refused', async () => {
  const whole = page(role('one') + role('two'));
  await expect(listed(whole.slice(0, whole.lastIndexOf('%7D')))).rejects.toThrow(/listing the roles/);
});

it('an error of IAM stays as it is', async () => {
  const error =
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
  await expect(listed(error, 403)).rejects.toThrow(/AccessDenied/);
});

it('the policies are removed before the SDK reads the page', async () => {
  const unreadable = role('one').replaceAll(policy, '<never closed>');
  expect(await listed(page(unreadable))).toMatchObject([{ roleId: 'AROAone' }]);
});
