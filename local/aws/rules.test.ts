import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { failureOf, type Harness, startHarness, targetOf } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { BusEvent } from './event-bus.ts';

let at: Harness;
let delivered: BusEvent[];
const pattern = { source: ['test'], detail: { n: [{ exists: true }] } };
const target = { id: 'queue', arn: `arn:aws:sqs:us-east-1:${accountId}:q` };
beforeEach(async () => {
  at = await startHarness();
  delivered = [];
  const deliver = (event: BusEvent) => void delivered.push(event);
  at.aws.bus.addRule({ name: 'b-events', pattern, targets: [targetOf(deliver, target)] });
  at.aws.bus.addRule({
    name: 'a-schedule',
    description: 'Every hour',
    schedule: 'rate(1 hour)',
    targets: [targetOf(deliver, { id: 'later', input: '{"a":1}' }), targetOf(deliver, { id: 'first' })],
  });
  at.aws.bus.addRule({ name: 'b-far', region: 'eu-west-1', state: 'DISABLED', pattern, targets: [] });
});
afterEach(() => at.close());

const far = () => at.as(at.aws.admin, 'eu-west-1').events;
const describeRule = (Name: string, client = at.events) => client.send(new DescribeRuleCommand({ Name }));
const put = () =>
  at.events.send(new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 't', Detail: '{"n":1}' }] }));

it('a rule has name, ARN, state, and pattern or schedule', async () => {
  const { EventPattern, ...rule } = await describeRule('b-events');
  expect(rule).toMatchObject({
    Name: 'b-events',
    Arn: `arn:aws:events:us-east-1:${accountId}:rule/b-events`,
    State: 'ENABLED',
    EventBusName: 'default',
    CreatedBy: accountId,
  });
  expect(rule).not.toHaveProperty('ScheduleExpression');
  expect(JSON.parse(EventPattern ?? '')).toEqual(pattern);
  const schedule = await describeRule('a-schedule');
  expect(schedule).toMatchObject({ ScheduleExpression: 'rate(1 hour)', Description: 'Every hour' });
  expect(schedule).not.toHaveProperty('EventPattern');
});

it('a region has its own rules, listed by name, by prefix, in pages', async () => {
  const names = async (input: object, client = at.events) =>
    (await client.send(new ListRulesCommand(input))).Rules?.map(({ Name }) => Name);
  expect(await names({})).toEqual(['a-schedule', 'b-events']);
  expect(await names({ NamePrefix: 'b' })).toEqual(['b-events']);
  expect(await names({}, far())).toEqual(['b-far']);
  const { Rules, NextToken } = await at.events.send(new ListRulesCommand({ Limit: 1 }));
  expect(Rules).toHaveLength(1);
  expect(await names({ Limit: 1, NextToken })).toEqual(['b-events']);
});

it('lists the targets of a rule, with the input that replaces the event', async () => {
  const targets = async (Rule: string) =>
    (await at.events.send(new ListTargetsByRuleCommand({ Rule }))).Targets;
  expect(await targets('b-events')).toEqual([{ Id: 'queue', Arn: target.arn }]);
  expect(await targets('a-schedule')).toMatchObject([{ Id: 'first' }, { Id: 'later', Input: '{"a":1}' }]);
});

it('a disabled rule delivers nothing until it is enabled', async () => {
  await at.events.send(new DisableRuleCommand({ Name: 'b-events' }));
  expect(await describeRule('b-events')).toMatchObject({ State: 'DISABLED' });
  await put();
  expect(delivered).toEqual([]);
  await at.events.send(new EnableRuleCommand({ Name: 'b-events' }));
  await put();
  expect(delivered).toHaveLength(1);
});

it('does not find a rule that is missing, in another region, or on an unknown bus', async () => {
  const notFound = 'ResourceNotFoundException 400';
  expect(await failureOf(describeRule('nothing'))).toBe(notFound);
  expect(await failureOf(describeRule('b-events', far()))).toBe(notFound);
  for (const command of [new DisableRuleCommand({ Name: 'x' }), new EnableRuleCommand({ Name: 'x' })])
    expect(await failureOf(at.events.send(command))).toBe(notFound);
  expect(await failureOf(at.events.send(new ListTargetsByRuleCommand({ Rule: 'x' })))).toBe(notFound);
  expect(await failureOf(at.events.send(new ListRulesCommand({ EventBusName: 'other' })))).toBe(notFound);
});

it('refuses a rule with an invalid pattern, and keeps the rule of that name', async () => {
  const wrong = { name: 'b-events', pattern: { source: [{ startswith: 'test' }] }, targets: [] };
  expect(() => at.aws.bus.addRule(wrong)).toThrow(/Unrecognized match type startswith/);
  await put();
  expect(delivered).toHaveLength(1);
});
