import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  ListRolesCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import {
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
});
afterEach(() => at.close());

const RoleName = 'reports';
const create = () =>
  at.iam.send(new CreateRoleCommand({ RoleName, Path: '/team/', AssumeRolePolicyDocument: '{}' }));

describe('the caller', () => {
  it('is reported by STS: a session of the role, without the role’s path in its ARN', async () => {
    await create();
    const { sts } = at.as(at.aws.issueRoleCredentials(RoleName, 'i-0123456789abcdef0'), 'eu-west-1');
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      Arn: `arn:aws:sts::${accountId}:assumed-role/reports/i-0123456789abcdef0`,
      UserId: `${at.aws.iam.role(RoleName)?.roleId ?? ''}:i-0123456789abcdef0`,
    });
  });

  it.each([
    ['an unknown key', { accessKeyId: 'ASIA9' }, 'InvalidClientTokenId 403'],
    ['another’s session token', { sessionToken: 'x' }, 'InvalidClientTokenId 403'],
    ['a wrong secret', { secretAccessKey: 'x' }, 'SignatureDoesNotMatch 403'],
  ])('is not believed with %s', async (_, wrong, failure) => {
    const { sts, ssm } = at.as({ ...at.aws.admin, ...wrong });
    expect(await failureOf(sts.send(new GetCallerIdentityCommand({})))).toBe(failure);
    expect(await failureOf(ssm.send(new DescribeParametersCommand({})))).toBe(failure);
    expect(at.aws.calls).toEqual([]);
  });

  it('must sign', async () => {
    const answer = await fetch(at.aws.url, { method: 'POST', body: 'Action=GetCallerIdentity' });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

it('names the resources of a call as policies do', async () => {
  await create();
  const Names = ['/a/b', 'c'];
  const QueueUrl = `${at.aws.url}/${accountId}/q`;
  await at.iam.send(new GetRoleCommand({ RoleName: 'Reports' }));
  await failureOf(at.iam.send(new GetRoleCommand({ RoleName: 'missing' })));
  await at.iam.send(new ListRolesCommand({}));
  await at.iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
  await at.ssm.send(new PutParameterCommand({ Name: '/a/b', Value: 'v', Type: 'String' }));
  await at.ssm.send(new GetParametersCommand({ Names }));
  await at.ssm.send(new DeleteParametersCommand({ Names }));
  await at.ssm.send(new GetParametersByPathCommand({ Path: '/a' }));
  await at.ssm.send(new DescribeParametersCommand({}));
  await failureOf(at.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })));
  await at.sts.send(new GetCallerIdentityCommand({}));
  const parameter = (name: string) => `arn:aws:ssm:us-east-1:${accountId}:parameter${name}`;
  expect(at.aws.calls.map(({ action, resources }) => [action, ...resources])).toEqual([
    ['iam:CreateRole', `arn:aws:iam::${accountId}:role/team/reports`],
    ['iam:GetRole', `arn:aws:iam::${accountId}:role/team/reports`],
    ['iam:GetRole', `arn:aws:iam::${accountId}:role/missing`],
    ['iam:ListRoles', '*'],
    ['iam:GetAccountAuthorizationDetails', '*'],
    ['ssm:PutParameter', parameter('/a/b')],
    ['ssm:GetParameters', parameter('/a/b'), parameter('/c')],
    ['ssm:DeleteParameters', parameter('/a/b'), parameter('/c')],
    ['ssm:GetParametersByPath', parameter('/a')],
    ['ssm:DescribeParameters', '*'],
    ['sqs:SendMessage', `arn:aws:sqs:us-east-1:${accountId}:q`],
    ['sts:GetCallerIdentity', '*'],
  ]);
});

it('records a call’s input in the SDK’s spelling, with the sources of events as a condition key', async () => {
  await create();
  const Tags = [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '' },
  ];
  await at.iam.send(new TagRoleCommand({ RoleName, Tags }));
  const entry = { DetailType: 't', Detail: '{}' };
  await at.events.send(
    new PutEventsCommand({
      Entries: ['x', 'y', 'x'].map((Source) => ({ ...entry, Source })),
    }),
  );
  expect(at.aws.calls.at(-2)).toMatchObject({ action: 'iam:TagRole', input: { RoleName, Tags } });
  expect(at.aws.calls.at(-1)).toMatchObject({
    resources: [`arn:aws:events:us-east-1:${accountId}:event-bus/default`],
    context: { 'events:source': ['x', 'y'], 'events:detail-type': expect.any(Array) },
    principalArn: `arn:aws:sts::${accountId}:assumed-role/Administrator/alice`,
    accessKeyId: at.aws.admin.accessKeyId,
    sequence: 2,
  });
});

it('can refuse a call, drop it, or perform it and lose its answer', async () => {
  const put = (Name: string) =>
    failureOf(at.ssm.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String' })));
  const verdicts = [
    { kind: 'error', status: 403, code: 'AccessDeniedException', message: 'no' },
    { kind: 'drop' },
    { kind: 'performThenDrop' },
    { kind: 'proceed' },
  ] as const;
  const stop = at.aws.intercept(({ sequence }) => verdicts[sequence]);
  const ends = [await put('/a'), await put('/b'), await put('/c'), await put('/d')];
  expect(ends[0]).toBe('AccessDeniedException 403');
  expect(ends.slice(1, 3)).toEqual(
    Array.from({ length: 2 }, () => expect.stringMatching(/without an answer$/)),
  );
  expect(ends[3]).toBe('it did not fail');
  expect([...at.aws.ssm.parameters('us-east-1').keys()]).toEqual(['/c', '/d']);
  stop();
});
