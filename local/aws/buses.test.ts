import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { type Clients, failureOf, type Harness, startHarness, targetOf } from '../testing/aws-harness.ts';
import { isAllowed } from '../testing/is-allowed.ts';
import { accountId } from '../testing/settings.ts';
import type { BusEvent } from './event-bus.ts';
import type { AwsAccount } from './world.ts';

const memberId = '444455556666';
const organizationId = 'o-a1b2c3d4e5';
const EventBusName = 'rolebridge-prod';
const arn = `arn:aws:events:us-east-1:${accountId}:event-bus/${EventBusName}`;
const EventPattern = '{"source":["aws.iam","test"]}';

let at: Harness;
let member: AwsAccount;
let inMember: Clients;
beforeEach(async () => {
  at = await startHarness({ isAllowed, organizationId });
  member = at.aws.addAccount(memberId);
  inMember = at.as(member.admin);
});
afterEach(() => at.close());

const create = () => at.events.send(new CreateEventBusCommand({ Name: EventBusName }));
const permit = (Value: string) =>
  at.events.send(
    new PutPermissionCommand({
      EventBusName,
      StatementId: 'organization',
      Action: 'events:PutEvents',
      Principal: '*',
      Condition: { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value },
    }),
  );
const policyNow = async (): Promise<unknown> => {
  const { Policy } = await at.events.send(new DescribeEventBusCommand({ Name: EventBusName }));
  return Policy === undefined ? undefined : (JSON.parse(Policy) as unknown);
};
const listen = (busName: string): BusEvent[] => {
  const events: BusEvent[] = [];
  const targets = [targetOf((event) => void events.push(event))];
  at.aws.bus.addRule({ name: 'all', busName, pattern: JSON.parse(EventPattern), targets });
  return events;
};
const put = ({ events }: Clients, bus: string | undefined, Source = 'test') =>
  events.send(
    new PutEventsCommand({ Entries: [{ Source, DetailType: 'Tested', Detail: '{}', EventBusName: bus }] }),
  );

it('creates, describes, lists and deletes buses', async () => {
  expect(await create()).toMatchObject({ EventBusArn: arn });
  expect(await failureOf(create())).toBe('ResourceAlreadyExistsException 400');
  const described = await at.events.send(new DescribeEventBusCommand({ Name: EventBusName }));
  expect(described).toMatchObject({ Name: EventBusName, Arn: arn, CreationTime: expect.any(Date) });
  expect((await at.events.send(new DescribeEventBusCommand({}))).Name).toBe('default');
  const names = async ({ events }: Clients) =>
    (await events.send(new ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name);
  expect([await names(at), await names(inMember)]).toEqual([['default', EventBusName], ['default']]);
  await at.events.send(new PutRuleCommand({ Name: 'roles', EventBusName, EventPattern }));
  const remove = () => at.events.send(new DeleteEventBusCommand({ Name: EventBusName }));
  expect(await failureOf(remove())).toBe('ValidationException 400');
  await at.events.send(new DeleteRuleCommand({ Name: 'roles', EventBusName }));
  await remove();
  expect(await names(at)).toEqual(['default']);
});

it('keeps a statement of the policy under its id, up to 10 KB in all', async () => {
  await create();
  expect(await policyNow()).toBeUndefined();
  await permit('o-other');
  await permit(organizationId);
  expect(await policyNow()).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'organization',
        Effect: 'Allow',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: arn,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      },
    ],
  });
  const whole = (Policy: string) => at.events.send(new PutPermissionCommand({ EventBusName, Policy }));
  expect(await failureOf(whole(JSON.stringify({ Sid: 'x'.repeat(10_240) })))).toBe(
    'PolicyLengthExceededException 400',
  );
  const remove = () =>
    at.events.send(new RemovePermissionCommand({ EventBusName, StatementId: 'organization' }));
  await remove();
  expect(await policyNow()).toBeUndefined();
  expect(await failureOf(remove())).toBe('ResourceNotFoundException 400');
});

it('keeps the rules of each bus apart', async () => {
  await create();
  for (const name of [EventBusName, 'default'])
    await at.events.send(new PutRuleCommand({ Name: 'roles', EventBusName: name, EventPattern }));
  const describe = (name?: string) =>
    at.events.send(new DescribeRuleCommand({ Name: 'roles', EventBusName: name }));
  expect(await describe(EventBusName)).toMatchObject({
    Arn: `arn:aws:events:us-east-1:${accountId}:rule/${EventBusName}/roles`,
    EventBusName,
    State: 'ENABLED',
    EventPattern,
  });
  expect(await describe()).toMatchObject({
    Arn: `arn:aws:events:us-east-1:${accountId}:rule/roles`,
    EventBusName: 'default',
  });
  await at.events.send(new DeleteRuleCommand({ Name: 'roles' }));
  expect((await at.events.send(new ListRulesCommand({ EventBusName: arn }))).Rules).toHaveLength(1);
  expect(await failureOf(describe('missing'))).toBe('ResourceNotFoundException 400');
});

it('delivers an event to the rules of the bus that it names', async () => {
  await create();
  const [onBus, onDefault] = [listen(EventBusName), listen('default')];
  await put(at, EventBusName);
  await put(at, arn);
  await put(at, undefined);
  expect([onBus.length, onDefault.length]).toEqual([2, 1]);
  await put(at, 'missing');
  expect([onBus.length, onDefault.length]).toEqual([2, 1]);
});

it('accepts events of another account if the policy admits it, stamps them, and refuses sources of AWS', async () => {
  await create();
  const onBus = listen(EventBusName);
  expect(await failureOf(put(inMember, arn))).toBe('AccessDeniedException 400');
  await permit(organizationId);
  await put(inMember, arn);
  expect(onBus).toMatchObject([{ account: memberId, source: 'test' }]);
  const { Entries } = await put(inMember, arn, 'aws.iam');
  expect(Entries?.[0]?.ErrorCode).toBe('NotAuthorizedForSourceException');
  const outsider = at.as(at.aws.addAccount('777788889999', { organizationId: 'o-other' }).admin);
  expect(await failureOf(put(outsider, arn))).toBe('AccessDeniedException 400');
  expect(await failureOf(put(inMember, arn.replace('prod', 'dev')))).toBe('AccessDeniedException 400');
  expect(onBus).toHaveLength(1);
});

it('does not let another account send without a policy, even if no policy is evaluated', async () => {
  const open = await startHarness();
  open.aws.bus.buses.create({ name: EventBusName });
  const other = open.as(open.aws.addAccount(memberId).admin);
  expect(await failureOf(put(other, arn))).toBe('AccessDeniedException 400');
  await open.close();
});

describe('a target that is a bus of another account', () => {
  const RoleName = 'rolebridge-prod-forward';
  const RoleArn = `arn:aws:iam::${memberId}:role/${RoleName}`;
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  beforeEach(async () => {
    await create();
    const Principal = { Service: 'events.amazonaws.com' };
    const AssumeRolePolicyDocument = document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
    member.iam.perform('CreateRole', { RoleName, AssumeRolePolicyDocument });
    const PolicyDocument = document({ Effect: 'Allow', Action: 'events:PutEvents', Resource: arn });
    member.iam.perform('PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument });
    await inMember.events.send(new PutRuleCommand({ Name: 'forward', EventPattern }));
  });
  const target = (more: object) =>
    inMember.events.send(
      new PutTargetsCommand({ Rule: 'forward', Targets: [{ Id: 'home', Arn: arn, ...more }] }),
    );
  const targets = async () =>
    (await inMember.events.send(new ListTargetsByRuleCommand({ Rule: 'forward' }))).Targets;

  it('needs a bus that admits the account first, and a role', async () => {
    expect(await failureOf(target({ RoleArn }))).toBe('AccessDeniedException 400');
    await permit(organizationId);
    expect(await failureOf(target({}))).toBe('ValidationException 400');
    expect(await failureOf(target({ RoleArn, Input: '{}' }))).toBe('ValidationException 400');
    await target({ RoleArn });
    expect(await targets()).toEqual([{ Id: 'home', Arn: arn, RoleArn }]);
    // AWS keeps the role of a target if the target is put again without one.
    await target({});
    expect(await targets()).toEqual([{ Id: 'home', Arn: arn, RoleArn }]);
  });

  it('receives the events until it is removed', async () => {
    await permit(organizationId);
    await target({ RoleArn });
    const arrived = new Promise<BusEvent>((resolve) => {
      at.aws.bus.onEvent(resolve);
    });
    member.iam.perform('TagRole', { RoleName, Tags: [{ Key: 'team', Value: 'x' }] });
    expect(await arrived).toMatchObject({ account: memberId, source: 'aws.iam' });
    const remove = () => inMember.events.send(new RemoveTargetsCommand({ Rule: 'forward', Ids: ['home'] }));
    expect(await failureOf(inMember.events.send(new DeleteRuleCommand({ Name: 'forward' })))).toBe(
      'ValidationException 400',
    );
    await remove();
    expect(await targets()).toEqual([]);
    await inMember.events.send(new DeleteRuleCommand({ Name: 'forward' }));
    expect(member.bus.rules()).toEqual([]);
  });
});
