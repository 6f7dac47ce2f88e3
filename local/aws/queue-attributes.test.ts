import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { began, failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

const policy = '{"Version":"2012-10-17","Statement":[]}';
let at: Harness;
let QueueUrl: string | undefined;
beforeEach(async () => {
  at = await startHarness({ timeScale: 0.5 });
  at.aws.sqs.create({ name: 'dead', visibilitySeconds: 30, retentionSeconds: 1_209_600 });
  at.aws.sqs.create({ name: 'far', region: 'eu-west-1', visibilitySeconds: 30 });
  at.aws.sqs.create({
    name: 'q',
    visibilitySeconds: 1800,
    redrive: { deadLetterQueue: 'dead', maxReceiveCount: 8 },
    policy,
  });
  ({ QueueUrl } = await at.sqs.send(new GetQueueUrlCommand({ QueueName: 'q' })));
});
afterEach(() => at.close());

const attributes = async (...AttributeNames: QueueAttributeName[]) =>
  (await at.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
const counts = async () =>
  Object.values(
    (await attributes(
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    )) ?? {},
  );
const send = (MessageBody: string, DelaySeconds = 0) =>
  at.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
const receive = (more: object = {}) => at.sqs.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
const purge = () => at.sqs.send(new PurgeQueueCommand({ QueueUrl }));
const nonExistent = /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue) 400$/;

it('a queue has a URL by its name, in its region', async () => {
  expect(QueueUrl).toBe(`${at.aws.url}/${accountId}/q`);
  const missing = at.sqs.send(new GetQueueUrlCommand({ QueueName: 'nothing' }));
  await expect(missing).rejects.toBeInstanceOf(QueueDoesNotExist);
  expect(await failureOf(at.sqs.send(new GetQueueUrlCommand({ QueueName: 'far' })))).toMatch(nonExistent);
  const far = at.as(at.aws.admin, 'eu-west-1').sqs;
  expect(await far.send(new GetQueueUrlCommand({ QueueName: 'far' }))).toHaveProperty('QueueUrl');
  const elsewhere = new GetQueueUrlCommand({ QueueName: 'q', QueueOwnerAWSAccountId: '999999999999' });
  expect(await failureOf(at.sqs.send(elsewhere))).toMatch(nonExistent);
});

it('returns the attributes of a queue', async () => {
  const { RedrivePolicy, ...rest } = (await attributes('All')) ?? {};
  expect(JSON.parse(RedrivePolicy ?? '')).toEqual({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:${accountId}:dead`,
    maxReceiveCount: 8,
  });
  expect(rest).toMatchObject({
    QueueArn: `arn:aws:sqs:us-east-1:${accountId}:q`,
    VisibilityTimeout: '1800',
    MessageRetentionPeriod: '345600',
    CreatedTimestamp: String(began.getTime() / 1000),
    Policy: policy,
  });
  ({ QueueUrl } = await at.sqs.send(new GetQueueUrlCommand({ QueueName: 'dead' })));
  expect(await attributes('RedrivePolicy', 'MessageRetentionPeriod')).toEqual({
    MessageRetentionPeriod: '1209600',
  });
});

it('returns only the requested attributes, and refuses an unknown one', async () => {
  expect(await attributes()).toBeUndefined();
  expect(await attributes('DelaySeconds')).toEqual({ DelaySeconds: '0' });
  expect(await failureOf(attributes('Nothing' as QueueAttributeName))).toBe('InvalidAttributeName 400');
  QueueUrl = `${at.aws.url}/${accountId}/nothing`;
  expect(await failureOf(attributes('All'))).toMatch(nonExistent);
});

it('counts receivable, in-flight and delayed messages separately', async () => {
  for (const body of ['a', 'b', 'c']) await send(body);
  await send('d', 60);
  const { Messages: [{ ReceiptHandle } = {}] = [] } = await receive();
  expect(await counts()).toEqual(['2', '1', '1']);
  await at.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  expect(await counts()).toEqual(['3', '0', '1']);
  at.advance(30);
  expect(await counts()).toEqual(['4', '0', '0']);
});

it('a message has the requested attributes', async () => {
  await send('a');
  at.advance(5);
  const sent = String(began.getTime());
  const received = String(began.getTime() + 5000);
  const { Messages: [all] = [] } = await receive({ MessageSystemAttributeNames: ['All'] });
  expect(all?.Attributes).toMatchObject({
    ApproximateReceiveCount: '1',
    SentTimestamp: sent,
    ApproximateFirstReceiveTimestamp: received,
  });
  at.advance(900);
  const { Messages: [one] = [] } = await receive({ AttributeNames: ['SentTimestamp'] });
  expect(one?.Attributes).toEqual({ SentTimestamp: sent });
  at.advance(900);
  const { Messages: [none] = [] } = await receive();
  expect(none).not.toHaveProperty('Attributes');
});

it('purges all messages, and refuses another purge within 60 seconds', async () => {
  await send('a');
  await send('b', 900);
  await receive();
  await send('c');
  await purge();
  expect(await counts()).toEqual(['0', '0', '0']);
  await send('d');
  expect(await failureOf(purge())).toMatch(/PurgeQueueInProgress 403$/);
  expect(await counts()).toEqual(['1', '0', '0']);
  // A minute lasts 30 s here.
  at.advance(30);
  await purge();
  expect(await counts()).toEqual(['0', '0', '0']);
});

it('a message that was purged while in flight can still be deleted, and does not return', async () => {
  await send('a');
  const { Messages: [{ ReceiptHandle } = {}] = [] } = await receive();
  await purge();
  await at.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  at.advance(1800);
  expect(await receive()).not.toHaveProperty('Messages');
});
