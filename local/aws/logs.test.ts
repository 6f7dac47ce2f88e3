import {
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { began, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

const logGroupName = '/aws/lambda/work';
const lines = [
  '{"level":"INFO","message":"fine","count":3}',
  '{"level":"ERROR","message":"broken","error":{"name":"PermanentError"}}',
  '2026-11-24T12:00:00.000Z\tid\tERROR\tInvoke Error \t{"errorType":"Error"}',
  '2026-11-24T12:00:00.000Z id Task timed out after 1.00 seconds',
  'Errors: 0, Tasks: 0',
];

let at: Harness;
beforeEach(async () => {
  at = await startHarness();
  for (const line of lines) {
    at.aws.logs.write(logGroupName, line);
    at.advance(10);
  }
});
afterEach(() => at.close());

const filter = (more: object = {}) => at.logs.send(new FilterLogEventsCommand({ logGroupName, ...more }));
const found = async (filterPattern?: string, more: object = {}) =>
  (await filter({ filterPattern, ...more })).events?.map(({ message }) =>
    lines.indexOf(message?.trimEnd() ?? ''),
  );

it('returns a function’s lines with time, stream and line break', async () => {
  const { events } = await filter();
  expect(events).toHaveLength(5);
  expect(events?.[1]).toEqual({
    message: `${lines[1]}\n`,
    timestamp: began.getTime() + 10_000,
    ingestionTime: began.getTime() + 10_000,
    logStreamName: '2026/11/24/[$LATEST]local',
    eventId: expect.any(String),
  });
});

it.each<[string | undefined, readonly number[]]>([
  [undefined, [0, 1, 2, 3, 4]],
  ['', [0, 1, 2, 3, 4]],
  ['?ERROR ?Task', [1, 2, 3]],
  ['ERROR', [1, 2]],
  ['ERROR Invoke', [2]],
  ['"timed out"', [3]],
  ['error', [1]],
  ['{ $.level = "ERROR" }', [1]],
  ['{$.level="ERR*"}', [1]],
  ['{ $.level != "ERROR" }', [0]],
  ['{ $.count = 3 }', [0]],
  ['{ $.error.name = "PermanentError" }', [1]],
  ['{ $.level = "ERROR" || $.count = 3 }', [0, 1]],
  ['{ $.level = "ERROR" && $.message = "fine" }', []],
])('the pattern %s finds the lines %p', async (pattern, expected) => {
  expect(await found(pattern)).toEqual(expected);
});

it.each(['ERROR ?Task', '-ERROR', '[a, b]', '%x%', '{ $.a > 1 }', '{ $.a = "x" || $.b = 1 && $.c = 2 }'])(
  'the pattern %s is refused, not guessed',
  async (pattern) => {
    expect(await failureOf(found(pattern))).toBe('InvalidParameterException 400');
  },
);

it('finds lines between two times, both included', async () => {
  const second = (seconds: number) => began.getTime() + seconds * 1000;
  expect(await found('', { startTime: second(10) })).toEqual([1, 2, 3, 4]);
  expect(await found('', { endTime: second(10) })).toEqual([0, 1]);
  expect(await found('', { startTime: second(10), endTime: second(10) })).toEqual([1]);
  expect(await failureOf(found('', { startTime: 2, endTime: 1 }))).toBe('InvalidParameterException 400');
});

it('returns an empty page even if others follow', async () => {
  const pages: number[] = [];
  const asked = { logGroupName, filterPattern: 'Task', limit: 2 };
  for await (const { events = [] } of paginateFilterLogEvents({ client: at.logs }, asked))
    pages.push(events.length);
  expect(pages).toEqual([0, 1, 0]);
});

it('finds a group by its ARN, only in its region', async () => {
  const logGroupIdentifier = `arn:aws:logs:us-east-1:${accountId}:log-group:${logGroupName}`;
  const byArn = await at.logs.send(new FilterLogEventsCommand({ logGroupIdentifier }));
  expect(byArn.events).toHaveLength(5);
  const notFound = 'ResourceNotFoundException 400';
  expect(await failureOf(filter({ logGroupName: 'nothing' }))).toBe(notFound);
  const far = at.as(at.aws.admin, 'eu-west-1').logs;
  expect(await failureOf(far.send(new FilterLogEventsCommand({ logGroupName })))).toBe(notFound);
});

it('lists groups by prefix or by part of their name, with their retention', async () => {
  at.aws.logs.addGroup({ name: '/aws/lambda/sweep', retentionDays: 90 });
  at.aws.logs.addGroup({ name: '/other' });
  const groups = async (input: object) => (await at.logs.send(new DescribeLogGroupsCommand(input))).logGroups;
  expect(await groups({ logGroupNamePrefix: '/aws/lambda/' })).toMatchObject([
    {
      logGroupName: '/aws/lambda/sweep',
      retentionInDays: 90,
      storedBytes: 0,
      creationTime: began.getTime() + 50_000,
      arn: `arn:aws:logs:us-east-1:${accountId}:log-group:/aws/lambda/sweep:*`,
    },
    { logGroupName },
  ]);
  expect((await groups({ logGroupNamePrefix: logGroupName }))?.[0]).not.toHaveProperty('retentionInDays');
  expect(await groups({ logGroupNamePattern: 'OTHER' })).toHaveLength(1);
  const { nextToken } = await at.logs.send(new DescribeLogGroupsCommand({ limit: 2 }));
  expect(await groups({ nextToken })).toHaveLength(1);
  at.aws.logs.groups.length = 0;
  expect(await groups({})).toEqual([]);
});
