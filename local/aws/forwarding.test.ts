import { type Harness, startHarness, targetOf } from '../testing/aws-harness.ts';
import { isAllowed } from '../testing/is-allowed.ts';
import { accountId } from '../testing/settings.ts';
import type { LocalBus } from './buses.ts';
import type { BusEvent } from './event-bus.ts';
import type { AwsAccount } from './world.ts';

const memberId = '444455556666';
const organizationId = 'o-a1b2c3d4e5';
const busName = 'rolebridge-prod';
const arn = `arn:aws:events:us-east-1:${accountId}:event-bus/${busName}`;
const pattern = { source: ['aws.iam'] };
const admits = (wanted: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: arn,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': wanted } },
      },
    ],
  });
const createForwarder = (
  account: AwsAccount,
  service = 'events.amazonaws.com',
  Action = 'events:PutEvents',
) => {
  const RoleName = 'rolebridge-prod-forward';
  const Trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  account.iam.perform('CreateRole', { RoleName, AssumeRolePolicyDocument: document(Trust) });
  account.iam.perform('PutRolePolicy', {
    RoleName,
    PolicyName: 'own',
    PolicyDocument: document({ Effect: 'Allow', Action, Resource: arn }),
  });
  return account.iam.arnOf(RoleName);
};

let at: Harness;
let member: AwsAccount;
let home: LocalBus;
let onBus: BusEvent[];
let onDefault: BusEvent[];
beforeEach(async () => {
  at = await startHarness({ isAllowed, organizationId });
  member = at.aws.addAccount(memberId);
  onBus = [];
  onDefault = [];
  home = at.aws.bus.buses.create({ name: busName });
  home.policy = admits(organizationId);
  const into = (events: BusEvent[]) => [targetOf((event) => void events.push(event))];
  at.aws.bus.addRule({ name: 'roles', busName, pattern, targets: into(onBus) });
  at.aws.bus.addRule({ name: 'roles', pattern, targets: into(onDefault) });
});
afterEach(() => at.close());

const createRole = ({ iam }: AwsAccount) =>
  iam.perform('CreateRole', { RoleName: 'reports', AssumeRolePolicyDocument: '{}' });
const forward = async (account: AwsAccount, roleArn: string) => {
  const target = await at.aws.busTarget({ id: 'home', arn, roleArn });
  account.bus.addRule({ name: 'forward', pattern, targets: [target] });
};
/** Deliveries run in the background. */
const untilDelivered = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
};

it('delivers a member’s event to the rules of the custom bus alone, with the member’s account', async () => {
  await forward(member, createForwarder(member));
  createRole(member);
  await untilDelivered(() => onBus.length > 0);
  expect(onBus).toMatchObject([
    { account: memberId, source: 'aws.iam', detail: { eventName: 'CreateRole' } },
  ]);
  expect(onDefault).toEqual([]);
  createRole(at.aws);
  expect(onDefault).toMatchObject([{ account: accountId }]);
  expect(onBus).toHaveLength(1);
});

it.each([
  ['EventBridge may not assume', 'ec2.amazonaws.com', 'events:PutEvents'],
  ['may not put events', 'events.amazonaws.com', 'sqs:SendMessage'],
])('refuses a target whose role %s', async (_, service, action) => {
  const roleArn = createForwarder(member, service, action);
  await expect(forward(member, roleArn)).rejects.toMatchObject({ code: 'AccessDeniedException' });
});

it('refuses a target whose bus does not admit the account or does not exist', async () => {
  const outsider = at.aws.addAccount('777788889999', { organizationId: 'o-other' });
  const roleArn = createForwarder(outsider);
  await expect(forward(outsider, roleArn)).rejects.toMatchObject({ code: 'AccessDeniedException' });
  home.policy = undefined;
  await expect(forward(member, createForwarder(member))).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
});

it('stops delivering if the bus’s policy changes', async () => {
  await forward(member, createForwarder(member));
  home.policy = admits('o-other');
  createRole(member);
  await untilDelivered(() => member.bus.undelivered.length > 0);
  expect(member.bus.undelivered).toMatchObject([{ error: { code: 'AccessDeniedException' } }]);
  expect(onBus).toEqual([]);
});
