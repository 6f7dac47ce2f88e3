import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { began, failureOf, type Harness, startHarness, targetOf } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';
import type { BusEvent } from './event-bus.ts';

let at: Harness;
let delivered: BusEvent[];
beforeEach(async () => {
  at = await startHarness();
  delivered = [];
  at.aws.bus.addRule({
    name: 'all of test',
    pattern: { source: ['test'] },
    targets: [targetOf((event) => void delivered.push(event))],
  });
});
afterEach(() => at.close());

const entry = (detail: unknown, more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  Source: 'test',
  DetailType: 'Tested',
  Detail: JSON.stringify(detail),
  ...more,
});
const put = (...Entries: PutEventsRequestEntry[]) => at.events.send(new PutEventsCommand({ Entries }));
const numbers = () => delivered.map(({ detail }) => (detail as { readonly n: number }).n);

it('delivers an event in its envelope to the targets of matching rules', async () => {
  const { FailedEntryCount, Entries } = await put(
    entry({ n: 1 }, { Resources: ['arn:aws:x'], Time: new Date('2026-01-01T00:00:00.500Z') }),
    entry({ n: 2 }, { Source: 'other' }),
    entry({ n: 3 }),
  );
  expect(FailedEntryCount).toBe(0);
  expect(numbers()).toEqual([1, 3]);
  expect(delivered[0]).toEqual({
    version: '0',
    id: Entries?.[0]?.EventId,
    source: 'test',
    'detail-type': 'Tested',
    account: accountId,
    region: 'us-east-1',
    time: '2026-01-01T00:00:00Z',
    resources: ['arn:aws:x'],
    detail: { n: 1 },
  });
  expect(delivered[1]?.time).toBe(began.toISOString().replace('.000', ''));
  expect(at.aws.bus.history).toHaveLength(3);
});

it('a rule sees events of its own region until it is removed', async () => {
  const stop = at.aws.bus.addRule({
    name: 'far',
    region: 'eu-west-1',
    pattern: { source: ['test'] },
    targets: [targetOf((event) => void delivered.push(event))],
  });
  const far = at.as(at.aws.admin, 'eu-west-1').events;
  await far.send(new PutEventsCommand({ Entries: [entry({ n: 1 })] }));
  stop();
  await far.send(new PutEventsCommand({ Entries: [entry({ n: 2 })] }));
  expect(numbers()).toEqual([1]);
});

it('malformed entries fail without affecting the others', async () => {
  const { FailedEntryCount, Entries } = await put(
    entry({ n: 1 }),
    entry({}, { Detail: 'no json' }),
    entry({}, { Detail: '[]' }),
    { Source: 'test', Detail: '{}' },
    entry({}, { Source: 'aws.iam' }),
    entry({ n: 2 }),
  );
  expect(FailedEntryCount).toBe(4);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'MalformedDetail',
    'MalformedDetail',
    'InvalidArgument',
    'NotAuthorizedForSourceException',
    undefined,
  ]);
  expect(numbers()).toEqual([1, 2]);
});

it('a call takes 1 to 10 entries of 256 KB together', async () => {
  const eleven = Array.from({ length: 11 }, (_, n) => entry({ n }));
  expect(await failureOf(put(...eleven))).toBe('ValidationException 400');
  expect(await failureOf(put())).toBe('ValidationException 400');
  const half = entry({ text: 'x'.repeat(128 * 1024) });
  expect(await failureOf(put(half, half))).toBe('ValidationException 413');
  expect(delivered).toEqual([]);
});

it('refuses an entry on demand although the call succeeds', async () => {
  at.aws.bus.faultOf = ({ detail }) =>
    (detail as { readonly n: number }).n === 2
      ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }
      : undefined;
  const { FailedEntryCount, Entries } = await put(entry({ n: 1 }), entry({ n: 2 }));
  expect(FailedEntryCount).toBe(1);
  expect(Entries?.[1]).toEqual({ ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' });
  expect(numbers()).toEqual([1]);
});

it('loses, duplicates and delays events on demand', async () => {
  at.aws.bus.deliveryOf = ({ detail }) => {
    switch ((detail as { readonly n: number }).n) {
      case 1:
        return { afterMilliseconds: 1 };
      case 2:
        return 'lose';
      case 3:
        return 'double';
      default:
        return 'deliver';
    }
  };
  const all = new Promise<void>((resolve) => {
    at.aws.bus.addRule({
      name: 'the late one',
      pattern: { detail: { n: [1] } },
      targets: [targetOf(() => resolve())],
    });
  });
  await put(...[1, 2, 3, 4].map((n) => entry({ n })));
  await all;
  expect(numbers()).toEqual([3, 3, 4, 1]);
});

it('records a failed delivery and delivers to the other targets', async () => {
  at.aws.bus.addRule({
    name: 'broken',
    pattern: { source: ['test'] },
    targets: [
      targetOf(() => Promise.reject(new Error('broken'))),
      targetOf((event) => void delivered.push(event)),
    ],
  });
  await put(entry({ n: 1 }));
  expect(numbers()).toEqual([1, 1]);
  expect(at.aws.bus.undelivered).toMatchObject([{ event: { detail: { n: 1 } }, error: new Error('broken') }]);
});
