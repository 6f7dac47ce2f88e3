import type { EventSourceMapping } from '../aws/lambda.ts';
import type { LocalMessage, Queue } from '../aws/sqs.ts';
import { pause } from '../pause.ts';
import type { LocalFunction } from './functions.ts';

export interface EventSourceOptions {
  readonly mapping: EventSourceMapping;
  readonly queue: Queue;
  readonly target: LocalFunction;
  readonly timeScale: number;
  /** Ends the polling. */
  readonly signal: AbortSignal;
}

export interface EventSource {
  /** The number of pollers that hold messages and wait for more before they invoke the function. */
  readonly gathering: () => number;
  /** Resolves when the last poller has ended. */
  readonly ended: Promise<unknown>;
}

const idleMilliseconds = 5;
const defaultConcurrency = 2;

/** Lambda's pollers of one queue. The mapping sets batch size, window, concurrency and partial batch responses. */
export const pollQueue = ({ mapping, queue, target, timeScale, signal }: EventSourceOptions): EventSource => {
  const { eventSourceArn, batchSize, batchingWindowSeconds, responseTypes } = mapping;
  const windowMilliseconds = batchingWindowSeconds * 1000 * timeScale;
  const isPartial = responseTypes.includes('ReportBatchItemFailures');
  let gathering = 0;
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      const messages = mapping.state === 'Enabled' ? [...queue.receive(batchSize)] : [];
      if (messages.length === 0) {
        await pause(idleMilliseconds, signal);
        continue;
      }
      gathering += 1;
      await pause(windowMilliseconds, signal);
      gathering -= 1;
      messages.push(...queue.receive(batchSize - messages.length));
      const invoked = await target.invoke({ Records: messages.map(sqsRecord(eventSourceArn)) });
      // After a failure Lambda deletes nothing: the messages return when their visibility timeout ends.
      if (invoked.kind !== 'answered') continue;
      const done = isPartial ? doneOf(messages, invoked.result) : messages;
      for (const { receiptHandle } of done) queue.remove(receiptHandle);
    }
  };
  const ended = Promise.all(Array.from({ length: mapping.maximumConcurrency ?? defaultConcurrency }, poll));
  return { gathering: () => gathering, ended };
};

const sqsRecord =
  (queueArn: string) =>
  ({ messageId, body, receiptHandle, receiveCount }: LocalMessage) => ({
    messageId,
    body,
    receiptHandle,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: 'us-east-1',
  });

/**
 * The messages that Lambda deletes after an answer. A failed id that is not in the batch fails the whole batch:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
const doneOf = (messages: readonly LocalMessage[], result: unknown): readonly LocalMessage[] => {
  const failed = new Set(failedIds(result));
  const left = messages.filter(({ messageId }) => !failed.has(messageId));
  return left.length === messages.length - failed.size ? left : [];
};

const failedIds = (result: unknown): readonly unknown[] => {
  const failures: unknown = Object(Reflect.get(Object(result), 'batchItemFailures'));
  return Array.isArray(failures)
    ? failures.map((failure: unknown) => Reflect.get(Object(failure), 'itemIdentifier'))
    : [];
};
