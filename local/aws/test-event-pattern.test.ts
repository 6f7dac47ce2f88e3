import { TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
beforeAll(async () => {
  at = await startHarness();
});
afterAll(() => at.close());

const event = {
  id: '1',
  account: accountId,
  source: 'aws.iam',
  time: '2026-11-24T12:00:00Z',
  region: 'us-east-1',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { requestParameters: { tags: [{ key: 'Google-Access' }] } },
};
const ask = (pattern: string, json = JSON.stringify(event)) =>
  at.events.send(new TestEventPatternCommand({ EventPattern: pattern, Event: json }));

it('reports whether the event matches the pattern', async () => {
  const key = (prefix: string) =>
    JSON.stringify({
      detail: { requestParameters: { tags: { key: [{ prefix: { 'equals-ignore-case': prefix } }] } } },
    });
  expect((await ask(key('google-access'))).Result).toBe(true);
  expect((await ask(key('team'))).Result).toBe(false);
});

it.each([
  ['{', /Filter is not an object/],
  ['{"source":"aws.iam"}', /"source" must be an object or an array/],
  ['{"source":[{"startswith":"aws"}]}', /Unrecognized match type startswith/],
])('refuses the pattern %s', async (pattern, reason) => {
  await expect(ask(pattern)).rejects.toThrow(reason);
  expect(await failureOf(ask(pattern))).toBe('InvalidEventPatternException 400');
});

it.each(['{', '[]', ...Object.keys(event).filter((field) => field !== 'detail')])(
  'refuses an event that is not JSON, not an object, or lacks a mandatory field: %s',
  async (field) => {
    const json = field in event ? JSON.stringify({ ...event, [field]: undefined }) : field;
    expect(await failureOf(ask('{"source":["aws.iam"]}', json))).toBe('ValidationException 400');
  },
);

it('does not require resources and detail', async () => {
  const { detail: _, ...rest } = event;
  expect((await ask('{"source":["aws.iam"]}', JSON.stringify(rest))).Result).toBe(true);
});
