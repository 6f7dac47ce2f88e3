import { createHash } from 'node:crypto';
import { AwsError, type Input, integer, records, text } from './call.ts';
import { createQueue, type LocalMessage, type Queue, type QueueOptions, type QueueTime } from './queue.ts';

export type { LocalMessage, Queue, QueueOptions } from './queue.ts';

export interface Sqs {
  readonly perform: (action: string, input: Input) => unknown;
  readonly create: (options: QueueOptions) => Queue;
  /** @throws AwsError where there is none of that name */
  readonly queue: (name: string) => Queue;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const maxEntries = 10;
const maxBytes = 1024 * 1024;
const maxDelaySeconds = 900;
const maxVisibilitySeconds = 12 * 3600;

const md5 = (body: string): string => createHash('md5').update(body).digest('hex');

const number = (input: Input, field: string, least: number, most: number, otherwise: number): number =>
  integer(input, field, { least, most, otherwise }, 'InvalidParameterValue');

const send = (queue: Queue, input: Input) => {
  const body = text(input, 'MessageBody');
  if (body === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (Buffer.byteLength(body) > maxBytes)
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    );
  const delaySeconds = number(input, 'DelaySeconds', 0, maxDelaySeconds, 0);
  return { MessageId: queue.send(body, delaySeconds), MD5OfMessageBody: md5(body) };
};

const changeVisibility = (queue: Queue, input: Input) => {
  const seconds = number(input, 'VisibilityTimeout', 0, maxVisibilitySeconds, 30);
  if (!queue.changeVisibility(text(input, 'ReceiptHandle'), seconds))
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      'The input receipt handle is invalid, or its message is gone.',
    );
  return {};
};

const received = ({ messageId, body, receiptHandle, receiveCount }: LocalMessage) => ({
  MessageId: messageId,
  Body: body,
  ReceiptHandle: receiptHandle,
  MD5OfBody: md5(body),
  Attributes: { ApproximateReceiveCount: String(receiveCount) },
});

/** Entries fail one by one; the batch succeeds. */
const batch = (input: Input, each: (entry: Input) => object) => {
  const entries = records(input, 'Entries');
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > maxEntries)
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`,
    );
  if (new Set(entries.map((entry) => text(entry, 'Id'))).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  const results = entries.map((entry) => {
    const Id = text(entry, 'Id');
    try {
      return { Id, ...each(entry) };
    } catch (error) {
      if (error instanceof AwsError)
        return { Id, SenderFault: true, Code: error.code, Message: error.message };
      throw error;
    }
  });
  return {
    Successful: results.filter((result) => !('SenderFault' in result)),
    Failed: results.filter((result) => 'SenderFault' in result),
  };
};

type QueueAction = (queue: Queue, input: Input) => unknown;

const actions: Readonly<Record<string, QueueAction>> = {
  SendMessage: send,
  SendMessageBatch: (queue, input) => batch(input, (entry) => send(queue, entry)),
  ReceiveMessage: (queue, input) => {
    const max = number(input, 'MaxNumberOfMessages', 1, maxEntries, 1);
    const { visibilitySeconds } = queue.options;
    const hidden = number(input, 'VisibilityTimeout', 0, maxVisibilitySeconds, visibilitySeconds);
    const messages = queue.receive(max, hidden).map(received);
    return messages.length === 0 ? {} : { Messages: messages };
  },
  DeleteMessage: (queue, input) => {
    queue.remove(text(input, 'ReceiptHandle'));
    return {};
  },
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (queue, input) => batch(input, (entry) => changeVisibility(queue, entry)),
};

export const createSqs = (time: QueueTime): Sqs => {
  const queues = new Map<string, Queue>();
  const find = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  };
  return {
    create: (options) => {
      const queue = createQueue(options, time, (body) => {
        if (options.redrive !== undefined) find(options.redrive.deadLetterQueue).send(body);
      });
      queues.set(options.name, queue);
      return queue;
    },
    queue: find,
    perform: (action, input) => {
      const run = actions[action];
      if (run === undefined)
        throw new AwsError('UnsupportedOperation', `The stand-in does not know sqs:${action}.`);
      return run(find(text(input, 'QueueUrl').split('/').at(-1) ?? ''), input);
    },
  };
};
