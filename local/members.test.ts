import { rmSync } from 'node:fs';
import { pause } from './pause.ts';
import { isAllowed } from './testing/is-allowed.ts';
import { homeResources, memberTemplate } from './testing/member-template.ts';
import { timeScale, until, writePackage } from './testing/puppets.ts';
import { google } from './testing/settings.ts';
import { type LocalWorld, startLocalWorld } from './world.ts';

const memberIds = ['444455556666', '777788889999'];
const organizationId = 'o-a1b2c3d4e5';
const template = JSON.stringify(memberTemplate);
const parameters = { Home: '111122223333' };
const AssumeRolePolicyDocument = '';
/** The home stack has a bus, whose rule starts `work` by its queue. */
const queueArn = { 'Fn::GetAtt': ['Queue', 'Arn'] };
const changes = {
  ...homeResources(organizationId, 'Queue'),
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
          },
        ],
      },
    },
  },
};

let packageFolder: string;
let world: LocalWorld;
/** The evaluator's time for one question. */
let thinkMilliseconds = 0;
beforeAll(async () => {
  packageFolder = writePackage(changes);
  world = await startLocalWorld({
    timeScale,
    packageFolder,
    settings: { google },
    memberIds,
    isAllowed: async (question) => {
      if (thinkMilliseconds > 0) await pause(thinkMilliseconds);
      return isAllowed(question);
    },
  });
});
afterAll(async () => {
  await world.close();
  rmSync(packageFolder, { recursive: true });
});

it('events of every member start the home function; roles may have the same names', async () => {
  const accounts: string[] = [];
  world.aws.bus.onEvent(({ source, account }) => {
    if (source === 'aws.iam') accounts.push(account);
  });
  for (const { deploy } of world.members) await deploy(template, parameters);
  const before = world.stack.invocations('work');
  for (const { iam } of world.members)
    iam.perform('CreateRole', { RoleName: 'reports', AssumeRolePolicyDocument });
  await until(() => memberIds.every((id) => accounts.includes(id)));
  await until(() => world.stack.invocations('work') > before);
  await world.settled();
  expect(world.stack.failedDeliveries).toEqual([]);
});

it('is not settled while an event is between two buses', async () => {
  const before = world.stack.invocations('work');
  thinkMilliseconds = 50;
  for (const { iam } of world.members)
    iam.perform('CreateRole', { RoleName: 'slow', AssumeRolePolicyDocument });
  await world.settled();
  thinkMilliseconds = 0;
  expect(world.stack.invocations('work')).toBeGreaterThan(before);
  for (const { iam } of world.members) iam.perform('DeleteRole', { RoleName: 'slow' });
  await world.settled();
});

it('the stack is one of CloudFormation, and a stack with another name cannot own its roles', async () => {
  const [first] = world.members;
  const cloudFormation = first?.cloudFormation;
  expect(cloudFormation?.stack('rolebridge-prod-member')?.status).toBe('CREATE_COMPLETE');
  // Deploying the same again is not a change.
  await first?.deploy(template, parameters);
  expect(cloudFormation?.stack('rolebridge-prod-member')?.status).toBe('CREATE_COMPLETE');
  cloudFormation?.perform('CreateStack', {
    StackName: 'another',
    TemplateBody: template,
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: [{ ParameterKey: 'Home', ParameterValue: parameters.Home }],
  });
  await until(() => cloudFormation?.stack('another')?.status === 'ROLLBACK_COMPLETE');
  expect(cloudFormation?.stack('another')?.events.map(({ reason }) => reason)).toContainEqual(
    expect.stringContaining('already exists'),
  );
  expect(first?.iam.role('rolebridge-prod-member')).toBeDefined();
});

it('a removed stack no longer forwards anything', async () => {
  const [, last] = world.members;
  await last?.undeploy();
  expect(last?.bus.rules()).toEqual([]);
  expect(last?.iam.roles().map(({ roleName }) => roleName)).toEqual(['reports']);
});

it('Google has a provider for each account, and the organization lists all of them', () => {
  const { accounts, managementAccountId } = world.aws.organizationOf('444455556666');
  expect(managementAccountId).toBe(world.aws.accountId);
  expect(accounts.map(({ id }) => id)).toEqual([world.aws.accountId, ...memberIds]);
  const { providers } = world.google.addPool(google.pool);
  expect([...providers.values()].map(({ accountId }) => accountId)).toEqual([
    world.aws.accountId,
    ...memberIds,
  ]);
});
