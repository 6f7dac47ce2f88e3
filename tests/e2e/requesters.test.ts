import { IAMClient, TagRoleCommand, UntagRoleCommand } from '@aws-sdk/client-iam';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader, writer } from '../support/settings.ts';

const key = 'google-access';
const other = 'google-access/other';
let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  cloud.addServiceAccount(writer);
  await cloud.createRole('deployer');
  await cloud.createRole('reports');
  await cloud.settled();
});
afterEach(() => cloud.close());

const arnOf = (session: string): string => `arn:aws:sts::111122223333:assumed-role/deployer/${session}`;
const as = (session: string): IAMClient =>
  new IAMClient({
    region: 'us-east-1',
    endpoint: cloud.aws.url,
    credentials: cloud.aws.issueRoleCredentials('deployer', session),
  });
const tag = (session: string, tags: Readonly<Record<string, string>>) =>
  as(session).send(
    new TagRoleCommand({
      RoleName: 'reports',
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );

/** Sends the records of some IAM calls as one batch of the queue, the last call first. `change` edits each record. */
const inOneBatch = async (
  calls: () => Promise<unknown>,
  change: Readonly<Record<string, unknown>> = {},
): Promise<readonly (readonly unknown[])[]> => {
  cloud.aws.bus.deliveryOf = () => 'lose';
  const before = cloud.aws.bus.history.length;
  await calls();
  const bodies = cloud.aws.bus.history
    .slice(before)
    .filter(({ source }) => source === 'aws.iam')
    .map((event): unknown => ({ ...event, detail: { ...Object(event.detail), ...change } }))
    .toReversed();
  const Records = bodies.map((body, index) => ({
    messageId: `m-${index}`,
    receiptHandle: `r-${index}`,
    body: JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
  }));
  const sent = cloud.outcomes().length;
  const { result } = Object(await cloud.stack.invoke('reconcile', { Records })) as { result: unknown };
  expect(result).toEqual({ batchItemFailures: [] });
  return cloud
    .outcomes()
    .slice(sent)
    .map(({ type, detail: { grant, requestedBy, cause } }) => [
      type,
      grant,
      requestedBy,
      cause.eventIds?.length ?? cause.eventName,
    ])
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
};

it('two callers in one batch: each is named for the grant that they asked for', async () => {
  const outcomes = await inOneBatch(async () => {
    await tag('alice', { [key]: reader });
    await tag('bob', { [other]: writer });
  });
  expect(outcomes).toEqual([
    ['Granted', 'default', arnOf('alice'), 'TagRole'],
    ['Granted', 'other', arnOf('bob'), 'TagRole'],
  ]);
});

it('a later UntagRole of another key by someone else does not change the named requester', async () => {
  const outcomes = await inOneBatch(async () => {
    await tag('alice', { [key]: reader });
    await as('bob').send(new UntagRoleCommand({ RoleName: 'reports', TagKeys: [other] }));
  });
  expect(outcomes).toEqual([['Granted', 'default', arnOf('alice'), 'TagRole']]);
});

it('two callers who set the same value in the same second: neither is named, and both events are listed', async () => {
  const calls = async () => {
    await tag('alice', { [key]: reader });
    await tag('bob', { [key]: reader });
  };
  const outcomes = await inOneBatch(calls, { eventTime: '2026-11-24T09:21:42Z' });
  expect(outcomes).toEqual([['Granted', 'default', undefined, 2]]);
});

it('a tag with the foreign key google-accessory passes the rule, and is ignored', async () => {
  await tag('alice', { [key]: reader });
  await cloud.settled();
  const before = cloud.aws.calls.length;
  const outcomes = await inOneBatch(() => tag('bob', { 'google-accessory': 'x', 'Google-Accessory2': 'y' }));
  expect(outcomes).toEqual([]);
  const calls = cloud.aws.calls.slice(before).map(({ action }) => action);
  expect(calls.filter((action) => action === 'iam:GetRole')).toEqual([]);
  expect(cloud.stack.logs.join()).toContain('names no key of ours');
});
