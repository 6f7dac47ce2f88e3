import { createHash } from 'node:crypto';
import { AwsError, type Input, integer, records, text, texts } from './call.ts';
import { createQueue, type LocalMessage, type Queue, type QueueOptions, type QueueTime } from './queue.ts';
import { chosenAttributes, messageAttributes, queueAttributes } from './queue-attributes.ts';

export type { LocalMessage, Queue, QueueOptions } from './queue.ts';

export interface Sqs {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  readonly create: (options: QueueOptions) => Queue;
  /** A queue of us-east-1. */
  readonly remove: (name: string) => void;
  /** @default us-east-1 for `region`. @throws AwsError if the queue does not exist */
  readonly queue: (name: string, region?: string) => Queue;
}

export interface SqsOptions extends QueueTime {
  readonly accountId: string;
  readonly urlOf: (queueName: string) => string;
}

const home = 'us-east-1';

export const createSqs = ({ accountId, urlOf, ...time }: SqsOptions): Sqs => {
  const queues = new Map<string, Queue>();
  const find = (name: string, region = home): Queue => {
    const queue = queues.get(`${region} ${name}`);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  };
  const urlFor = (input: Input, region: string) => {
    const owner = text(input, 'QueueOwnerAWSAccountId') || accountId;
    // Another account's queues do not exist here.
    return {
      QueueUrl: urlOf(find(owner === accountId ? text(input, 'QueueName') : '', region).options.name),
    };
  };
  const attributesOf = ({ options, createdAt, counts }: Queue, input: Input) => {
    const arnOf = (name: string) => `arn:aws:sqs:${options.region ?? home}:${accountId}:${name}`;
    const names = texts(input, 'AttributeNames');
    const all = queueAttributes({ options, createdAt, counts: counts(), arnOf });
    return names.length === 0 ? {} : { Attributes: chosenAttributes(all, names) };
  };
  /** Moves all messages immediately, where AWS takes its time. A moved message is a new one. */
  const moveDeadLetters = (input: Input, region: string) => {
    const name = text(input, 'SourceArn').split(':').at(-1) ?? '';
    const dead = queues.get(`${region} ${name}`);
    if (dead === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        "The resource that you specified for the SourceArn parameter doesn't exist.",
        404,
      );
    const source = [...queues.values()].find(
      ({ options }) => (options.region ?? home) === region && options.redrive?.deadLetterQueue === name,
    );
    if (source === undefined)
      throw new AwsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
    const asked = text(input, 'DestinationArn').split(':').at(-1) ?? '';
    const destination = asked === '' ? source : queues.get(`${region} ${asked}`);
    if (destination === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        "The resource that you specified for the DestinationArn parameter doesn't exist.",
        404,
      );
    for (const { body, receiptHandle } of dead.receive(Number.POSITIVE_INFINITY)) {
      destination.send(body);
      dead.remove(receiptHandle);
    }
    return { TaskHandle: time.ids.next() };
  };
  return {
    create: (options) => {
      const queue = createQueue(options, time, (body) => {
        const { redrive, region } = queue.options;
        if (redrive !== undefined) find(redrive.deadLetterQueue, region).send(body);
      });
      queues.set(`${options.region ?? home} ${options.name}`, queue);
      return queue;
    },
    remove: (name) => void queues.delete(`${home} ${name}`),
    queue: find,
    perform: (action, region, input) => {
      if (action === 'GetQueueUrl') return urlFor(input, region);
      if (action === 'StartMessageMoveTask') return moveDeadLetters(input, region);
      const queue = () => find(text(input, 'QueueUrl').split('/').at(-1) ?? '', region);
      if (action === 'GetQueueAttributes') return attributesOf(queue(), input);
      const run = actions[action];
      if (run === undefined)
        throw new AwsError('UnsupportedOperation', `The stand-in does not know sqs:${action}.`);
      return run(queue(), input);
    },
  };
};

type QueueAction = (queue: Queue, input: Input) => unknown;

const maxVisibilitySeconds = 12 * 3600;

const maxBytes = 1024 * 1024;
const maxDelaySeconds = 900;

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

const actions: Readonly<Record<string, QueueAction>> = {
  SendMessage: send,
  SendMessageBatch: (queue, input) => batch(input, (entry) => send(queue, entry)),
  ReceiveMessage: (queue, input) => {
    const max = number(input, 'MaxNumberOfMessages', 1, maxEntries, 1);
    const { visibilitySeconds } = queue.options;
    const hidden = number(input, 'VisibilityTimeout', 0, maxVisibilitySeconds, visibilitySeconds);
    const messages = queue.receive(max, hidden).map(received(input));
    return messages.length === 0 ? {} : { Messages: messages };
  },
  DeleteMessage: (queue, input) => {
    queue.remove(text(input, 'ReceiptHandle'));
    return {};
  },
  PurgeQueue: (queue) => {
    if (!queue.purge())
      throw new AwsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${queue.options.name} is allowed every 60 seconds.`,
        403,
      );
    return {};
  },
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (queue, input) => batch(input, (entry) => changeVisibility(queue, entry)),
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const maxEntries = 10;

/** Entries fail one by one, and the batch still succeeds. */
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
  const bytes = entries.reduce(
    (sum, { MessageBody = '' }) => sum + Buffer.byteLength(String(MessageBody)),
    0,
  );
  if (bytes > maxBytes)
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`,
    );
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

/** A message has only the requested attributes. */
const received = (input: Input) => {
  const names = [...texts(input, 'AttributeNames'), ...texts(input, 'MessageSystemAttributeNames')];
  return (message: LocalMessage) => ({
    MessageId: message.messageId,
    Body: message.body,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    ...(names.length === 0 ? {} : { Attributes: chosenAttributes(messageAttributes(message), names) }),
  });
};
