import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Parameter,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { stringify } from 'yaml';
import { failureOf } from '../testing/aws-harness.ts';
import { type Deployments, startDeployments } from '../testing/deployments.ts';
import { isAllowed } from '../testing/is-allowed.ts';
import { homeResources, memberTemplate } from '../testing/member-template.ts';
import { until } from '../testing/puppets.ts';
import { accountId } from '../testing/settings.ts';

const memberId = '444455556666';
const organizationId = 'o-a1b2c3d4e5';
const StackName = 'rolebridge-member';
const Capabilities = ['CAPABILITY_NAMED_IAM'] as const;
const home = { Home: accountId };

let at: Deployments;
let client: CloudFormationClient;
beforeEach(async () => {
  at = await startDeployments({ isAllowed, organizationId });
  client = at.addMember(memberId);
});
afterEach(() => at.close());

const request = (values: Readonly<Record<string, string>>, template: object = memberTemplate) => ({
  StackName,
  TemplateBody: JSON.stringify(template),
  Capabilities: [...Capabilities],
  Parameters: Object.entries(values).map(
    ([ParameterKey, ParameterValue]): Parameter => ({ ParameterKey, ParameterValue }),
  ),
});
const described = async (): Promise<Partial<Stack>> =>
  (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0] ?? {};
const ended = async (): Promise<string> => {
  for (;;) {
    const { StackStatus = 'none' } = await described();
    if (!StackStatus.endsWith('_IN_PROGRESS')) return StackStatus;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const create = async (...given: Parameters<typeof request>): Promise<string> => {
  await client.send(new CreateStackCommand(request(...given)));
  return ended();
};
const update = async (...given: Parameters<typeof request>): Promise<string> => {
  await client.send(new UpdateStackCommand(request(...given)));
  return ended();
};
const deployHome = async (): Promise<void> => {
  await at.change({ ...homeResources(organizationId, 'Queue'), ...queuePolicy });
  expect(await at.execute()).toBe('CREATE_COMPLETE');
};
const queueArn = { 'Fn::GetAtt': ['Queue', 'Arn'] };
const queuePolicy = {
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queueArn,
            Condition: { ArnEquals: { 'aws:SourceArn': [{ 'Fn::GetAtt': ['BusRule', 'Arn'] }] } },
          },
        ],
      },
    },
  },
};
const iam = () => at.aws.account(memberId).iam;
const roleNames = () =>
  iam()
    .roles()
    .map(({ roleName }) => roleName);

it('forwards the events of a member’s roles to the queue of the home stack', async () => {
  await deployHome();
  expect(await create(home)).toBe('CREATE_COMPLETE');
  const seen: unknown[] = [];
  at.aws.bus.onEvent((event) => void seen.push(event));
  iam().perform('CreateRole', { RoleName: 'reports', AssumeRolePolicyDocument: '' });
  await until(() => seen.length > 0 && at.stacks.running().every((stack) => stack.invocations('work') > 0));
  expect(seen).toMatchObject([{ account: memberId, detail: { eventName: 'CreateRole' } }]);
  expect(at.stacks.running().flatMap(({ failedDeliveries }) => failedDeliveries)).toEqual([]);
});

it('rolls back before the home stack exists: its bus does not admit the account yet', async () => {
  expect(await create(home)).toBe('ROLLBACK_COMPLETE');
  expect(roleNames()).toEqual([]);
  expect(at.aws.account(memberId).bus.rules()).toEqual([]);
});

it('creates roles with paths, trust, policies and outputs from the parameters', async () => {
  await deployHome();
  const OperatorArns = `arn:aws:iam::${accountId}:role/on-call, arn:aws:iam::${accountId}:role/audit`;
  const Boundary = `arn:aws:iam::${memberId}:policy/limit`;
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [everything] });
  iam().perform('CreatePolicy', { PolicyName: 'limit', PolicyDocument });
  expect(await create({ ...home, RolePath: '/teams/', Boundary, OperatorArns })).toBe('CREATE_COMPLETE');
  expect(roleNames()).toEqual([
    'rolebridge-prod-forward',
    'rolebridge-prod-member',
    'rolebridge-prod-viewer',
  ]);
  const { Outputs, Parameters } = await described();
  expect(Outputs?.map(({ OutputValue }) => OutputValue)).toEqual(
    ['member', 'viewer'].map((name) => `arn:aws:iam::${memberId}:role/teams/rolebridge-prod-${name}`),
  );
  expect(Parameters).toContainEqual({ ParameterKey: 'RolePath', ParameterValue: '/teams/' });
  const viewer = iam().role('rolebridge-prod-viewer');
  expect(viewer).toMatchObject({ path: '/teams/', permissionsBoundary: Boundary });
  expect(JSON.parse(viewer?.assumeRolePolicyDocument ?? '')).toMatchObject({
    Statement: [
      {
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Condition: {
          ArnLike: {
            'aws:PrincipalArn': ['on-call', 'audit'].map((name) => `arn:aws:iam::${accountId}:role/${name}`),
          },
        },
      },
    ],
  });
  expect(JSON.parse(iam().role('rolebridge-prod-member')?.inlinePolicies['member'] ?? '')).toMatchObject({
    Statement: [{ Resource: `arn:aws:iam::${memberId}:role/*` }],
  });
});

it('an update changes policies, adds what a condition now admits, and refuses to replace a role', async () => {
  await deployHome();
  await create(home);
  const before = iam().role('rolebridge-prod-member')?.roleId;
  expect(await failureOf(update(home))).toBe('ValidationError 400');
  const OperatorArns = `arn:aws:iam::${accountId}:role/on-call`;
  expect(await update({ ...home, OperatorArns })).toBe('UPDATE_COMPLETE');
  expect(roleNames()).toContain('rolebridge-prod-viewer');
  expect(iam().role('rolebridge-prod-member')?.roleId).toBe(before);
  expect(await update(home)).toBe('UPDATE_COMPLETE');
  expect(roleNames()).not.toContain('rolebridge-prod-viewer');
  expect(await update({ ...home, RolePath: '/other/' })).toBe('UPDATE_ROLLBACK_COMPLETE');
});

it('accepts the template in YAML, and checks each item of a list', async () => {
  await deployHome();
  const { OperatorArns, ...others } = memberTemplate.Parameters;
  const template = {
    ...memberTemplate,
    Parameters: { ...others, OperatorArns: { ...OperatorArns, AllowedPattern: '^$|^arn:aws:iam::.*$' } },
  };
  const asYaml = (values: Readonly<Record<string, string>>) => ({
    ...request(values),
    TemplateBody: stringify(template, { version: '1.1', aliasDuplicateObjects: false }),
  });
  const wrong = new CreateStackCommand(asYaml({ ...home, OperatorArns: 'arn:aws:iam::1:role/a,b' }));
  expect(await failureOf(client.send(wrong))).toBe('ValidationError 400');
  await client.send(new CreateStackCommand(asYaml(home)));
  expect(await ended()).toBe('CREATE_COMPLETE');
  const tagged = { ...request(home), TemplateBody: 'Resources: !Sub ${x}' };
  expect(await failureOf(client.send(new UpdateStackCommand(tagged)))).toBe('ValidationError 400');
});

it('refuses wrong parameters, before it creates anything', async () => {
  const refusals = [{}, { Home: '1' }, { ...home, Other: 'x' }];
  for (const values of refusals) expect(await failureOf(create(values))).toBe('ValidationError 400');
  expect(await failureOf(client.send(new CreateStackCommand({ ...request(home), Capabilities: [] })))).toBe(
    'InsufficientCapabilitiesException 400',
  );
  expect(await failureOf(update(home))).toBe('ValidationError 400');
  expect(await failureOf(described())).toBe('ValidationError 400');
});

it('leaves a role that someone else created, and fails', async () => {
  await deployHome();
  const RoleName = 'rolebridge-prod-member';
  iam().perform('CreateRole', { RoleName, AssumeRolePolicyDocument: '{"planted":true}' });
  expect(await create(home)).toBe('ROLLBACK_COMPLETE');
  expect(iam().roles()).toMatchObject([{ roleName: RoleName, assumeRolePolicyDocument: '{"planted":true}' }]);
});

it('removes its roles and its rule', async () => {
  await deployHome();
  await create(home);
  const { StackId } = await described();
  await client.send(new DeleteStackCommand({ StackName }));
  await until(() => at.aws.account(memberId).bus.rules().length === 0);
  const status = async () =>
    (await client.send(new DescribeStacksCommand({ StackName: StackId }))).Stacks?.[0]?.StackStatus;
  while ((await status()) === 'DELETE_IN_PROGRESS') await new Promise((resolve) => setImmediate(resolve));
  expect(await status()).toBe('DELETE_COMPLETE');
  expect(roleNames()).toEqual([]);
});
