import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { failureOf, type Harness, startHarness } from '../testing/aws-harness.ts';
import { accountId } from '../testing/settings.ts';

let at: Harness;
let QueueUrl: string;
beforeEach(async () => {
  at = await startHarness();
  at.aws.sqs.create({ name: 'dead', visibilitySeconds: 30 });
  at.aws.sqs.create({
    name: 'q',
    visibilitySeconds: 30,
    redrive: { deadLetterQueue: 'dead', maxReceiveCount: 2 },
  });
  QueueUrl = `${at.aws.url}/${accountId}/q`;
});
afterEach(() => at.close());

const send = (MessageBody: string, more: object = {}) =>
  at.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (more: object = {}) =>
  (
    await at.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        ...more,
      }),
    )
  ).Messages ?? [];
const bodies = async (more: object = {}) => (await receive(more)).map(({ Body }) => Body);

it('hides a received message until its timeout, and removes a deleted one', async () => {
  await send('a');
  const [first] = await receive();
  expect(first).toMatchObject({ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } });
  expect(await bodies()).toEqual([]);
  at.advance(30);
  const [again] = await receive();
  expect(again).toMatchObject({
    MessageId: first?.MessageId,
    Attributes: { ApproximateReceiveCount: '2' },
  });
  // An older handle deletes nothing and causes no error.
  await at.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  expect(at.aws.sqs.queue('q').messages).toHaveLength(1);
  await at.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
  expect(at.aws.sqs.queue('q').messages).toEqual([]);
});

it('delivers a delayed message when it is due', async () => {
  await at.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: '0', MessageBody: 'later', DelaySeconds: 120 },
        { Id: '1', MessageBody: 'now' },
      ],
    }),
  );
  expect(await bodies()).toEqual(['now']);
  at.advance(119);
  expect(await bodies()).toEqual(['now']);
  at.advance(1);
  expect(await bodies()).toEqual(['later']);
});

it('changes visibility message by message; a deleted message fails without affecting the others', async () => {
  await send('a');
  await send('b');
  const [a, b] = await receive();
  await at.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: b?.ReceiptHandle }));
  const changed = await at.sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'a', ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 900 },
        { Id: 'b', ReceiptHandle: b?.ReceiptHandle, VisibilityTimeout: 900 },
      ],
    }),
  );
  expect(changed.Successful).toEqual([{ Id: 'a' }]);
  expect(changed.Failed).toMatchObject([{ Id: 'b', Code: 'ReceiptHandleIsInvalid', SenderFault: true }]);
  at.advance(899);
  expect(await bodies()).toEqual([]);
  at.advance(1);
  const [again] = await receive({ VisibilityTimeout: 5 });
  await at.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: again?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  expect(at.aws.sqs.queue('dead').messages).toEqual([]);
});

it('moves a message to the dead-letter queue after its maximum receives', async () => {
  await send('a');
  for (const expected of [['a'], ['a'], []]) {
    expect(await bodies()).toEqual(expected);
    at.advance(30);
  }
  expect(at.aws.sqs.queue('q').messages).toEqual([]);
  expect(at.aws.sqs.queue('dead').messages.map(({ body }) => body)).toEqual(['a']);
});

it('returns dead letters to their source queue, with a new receive count', async () => {
  await send('a');
  for (let receives = 0; receives < 2; receives += 1) {
    await receive();
    at.advance(30);
  }
  expect(await receive()).toEqual([]);
  expect(at.aws.sqs.queue('dead').messages).toHaveLength(1);
  const move = (name: string) =>
    at.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: `arn:aws:sqs:us-east-1:${accountId}:${name}` }));
  expect(await failureOf(move('q'))).toBe('InvalidParameterValue 400');
  expect(await failureOf(move('nowhere'))).toBe('ResourceNotFoundException 404');
  expect((await move('dead')).TaskHandle).toMatch(/./);
  expect(at.aws.sqs.queue('dead').messages).toEqual([]);
  expect(await receive()).toMatchObject([{ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } }]);
});

it('enforces SQS’s limits', async () => {
  const batch = (count: number, idOf: (index: number) => string = String) =>
    failureOf(
      at.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: Array.from({ length: count }, (_, index) => ({ Id: idOf(index), MessageBody: 'x' })),
        }),
      ),
    );
  expect(await batch(0)).toMatch(/EmptyBatchRequest 400$/);
  expect(await batch(11)).toMatch(/TooManyEntriesInBatchRequest 400$/);
  expect(await batch(2, () => 'same')).toMatch(/BatchEntryIdsNotDistinct 400$/);
  expect(await batch(10)).toBe('it did not fail');
  expect(await failureOf(send('x', { DelaySeconds: 901 }))).toBe('InvalidParameterValue 400');
  expect(await failureOf(send('x'.repeat(1024 * 1024 + 1)))).toBe('InvalidParameterValue 400');
  expect(await failureOf(send(''))).toBe('MissingParameter 400');
  expect(await failureOf(receive({ MaxNumberOfMessages: 11 }))).toBe('InvalidParameterValue 400');
  expect(await failureOf(receive({ QueueUrl: `${at.aws.url}/${accountId}/other` }))).toMatch(
    /^(QueueDoesNotExist|AWS.SimpleQueueService.NonExistentQueue) 400$/,
  );
});
