import { createHash } from 'node:crypto';
import { AwsError, type Input, list, text } from './call.ts';

export interface LocalMessage {
  readonly messageId: string;
  readonly body: string;
  receiveCount: number;
  receiptHandle: string;
  /** Milliseconds of performance.now(); a message is received only after it. */
  visibleAt: number;
}

export interface QueueOptions {
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly redrive?: { readonly deadLetterQueue: string; readonly maxReceiveCount: number };
}

export interface Queue {
  readonly options: QueueOptions;
  readonly messages: readonly LocalMessage[];
  readonly send: (body: string, delaySeconds?: number) => string;
  readonly receive: (max: number) => readonly LocalMessage[];
  readonly remove: (receiptHandle: string) => void;
  readonly changeVisibility: (receiptHandle: string, seconds: number) => void;
}

export interface Sqs {
  readonly perform: (action: string, input: Input) => unknown;
  readonly create: (options: QueueOptions) => Queue;
  readonly queue: (name: string) => Queue;
}

const md5 = (body: string): string => createHash('md5').update(body).digest('hex');

/** `timeScale` shortens all the queue's times: 0.01 makes two minutes last 1.2 s. */
export const createSqs = (timeScale: number, nextId: () => string): Sqs => {
  const queues = new Map<string, Queue>();
  const find = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', `The queue ${name} does not exist.`);
    return queue;
  };

  const create = (options: QueueOptions): Queue => {
    let messages: LocalMessage[] = [];
    const after = (seconds: number): number => performance.now() + seconds * 1000 * timeScale;
    const byHandle = (handle: string) => messages.find(({ receiptHandle }) => receiptHandle === handle);
    const redrive = (): void => {
      const { redrive: to } = options;
      if (to === undefined) return;
      const isWornOut = (message: LocalMessage) =>
        message.receiveCount >= to.maxReceiveCount && message.visibleAt <= performance.now();
      for (const { body } of messages.filter(isWornOut)) find(to.deadLetterQueue).send(body);
      messages = messages.filter((message) => !isWornOut(message));
    };
    const queue: Queue = {
      options,
      get messages() {
        redrive();
        return messages;
      },
      send: (body, delaySeconds = 0) => {
        const messageId = nextId();
        messages.push({
          messageId,
          body,
          receiveCount: 0,
          receiptHandle: '',
          visibleAt: after(delaySeconds),
        });
        return messageId;
      },
      receive: (max) => {
        redrive();
        const found = messages.filter(({ visibleAt }) => visibleAt <= performance.now()).slice(0, max);
        for (const message of found) {
          message.receiveCount += 1;
          message.receiptHandle = nextId();
          message.visibleAt = after(options.visibilitySeconds);
        }
        return found;
      },
      remove: (handle) => {
        messages = messages.filter(({ receiptHandle }) => receiptHandle !== handle);
      },
      changeVisibility: (handle, seconds) => {
        const message = byHandle(handle);
        if (message !== undefined) message.visibleAt = after(seconds);
      },
    };
    queues.set(options.name, queue);
    return queue;
  };

  const ofUrl = (input: Input): Queue => find(text(input, 'QueueUrl').split('/').at(-1) ?? '');
  const batch = (input: Input, each: (entry: Input) => object) => {
    const entries = list(input, 'Entries') as readonly Input[];
    if (entries.length < 1 || entries.length > 10)
      throw new AwsError(
        'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
        'A batch has 1 to 10 entries.',
      );
    return { Successful: entries.map((entry) => ({ Id: text(entry, 'Id'), ...each(entry) })), Failed: [] };
  };
  const sendOne = (queue: Queue, entry: Input) => {
    const body = text(entry, 'MessageBody');
    return { MessageId: queue.send(body, Number(entry['DelaySeconds'] ?? 0)), MD5OfMessageBody: md5(body) };
  };
  const actions: Readonly<Record<string, (input: Input) => unknown>> = {
    SendMessage: (input) => sendOne(ofUrl(input), input),
    SendMessageBatch: (input) => batch(input, (entry) => sendOne(ofUrl(input), entry)),
    ReceiveMessage: (input) => ({
      Messages: ofUrl(input)
        .receive(Math.min(10, Number(input['MaxNumberOfMessages'] ?? 1)))
        .map(({ messageId, body, receiptHandle, receiveCount }) => ({
          MessageId: messageId,
          Body: body,
          ReceiptHandle: receiptHandle,
          MD5OfBody: md5(body),
          Attributes: { ApproximateReceiveCount: String(receiveCount) },
        })),
    }),
    DeleteMessage: (input) => {
      ofUrl(input).remove(text(input, 'ReceiptHandle'));
      return {};
    },
    ChangeMessageVisibilityBatch: (input) =>
      batch(input, (entry) => {
        ofUrl(input).changeVisibility(text(entry, 'ReceiptHandle'), Number(entry['VisibilityTimeout']));
        return {};
      }),
  };
  return {
    create,
    queue: find,
    perform: (action, input) => {
      const run = actions[action];
      if (run === undefined)
        throw new AwsError('UnsupportedOperation', `The stand-in does not know sqs:${action}.`);
      return run(input);
    },
  };
};
