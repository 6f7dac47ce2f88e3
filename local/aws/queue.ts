import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';

export interface LocalMessage {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: Date;
  firstReceivedAt?: Date;
  receiveCount: number;
  receiptHandle: string;
  /** The message can be received after this time, in milliseconds of the clock's monotonic(). */
  visibleAt: number;
}

export interface QueueOptions {
  readonly name: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  readonly visibilitySeconds: number;
  /** Reported but not enforced: no test lasts that long. @default 345600 (4 days) */
  readonly retentionSeconds?: number;
  /** The queue's policy in JSON; reported but not enforced. */
  readonly policy?: string;
  readonly redrive?: { readonly deadLetterQueue: string; readonly maxReceiveCount: number };
}

/** A standard queue. */
export interface Queue {
  /** Its messages keep what they got under earlier options. */
  options: QueueOptions;
  readonly createdAt: Date;
  /** The numbers of messages that are receivable, in flight and delayed. */
  readonly counts: () => { readonly visible: number; readonly inFlight: number; readonly delayed: number };
  readonly messages: readonly LocalMessage[];
  /** Returns the message's id. */
  readonly send: (body: string, delaySeconds?: number) => string;
  readonly receive: (max: number, visibilitySeconds?: number) => readonly LocalMessage[];
  readonly remove: (receiptHandle: string) => void;
  /** Removes all messages, including received and delayed ones. Returns false and does nothing within 60 s of the last purge. */
  readonly purge: () => boolean;
  /** Whether the message with this receipt handle still exists. */
  readonly changeVisibility: (receiptHandle: string, seconds: number) => boolean;
}

export interface QueueTime {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Shortens all of the queue's times: at 0.01, two minutes last 1.2 s. */
  readonly timeScale: number;
}

const secondsBetweenPurges = 60;

export const createQueue = (
  initial: QueueOptions,
  { clock, ids, timeScale }: QueueTime,
  sendToDeadLetters: (body: string) => void,
): Queue => {
  let messages: LocalMessage[] = [];
  let mayPurgeAt = Number.NEGATIVE_INFINITY;
  const after = (seconds: number): number => clock.monotonic() + seconds * 1000 * timeScale;
  const isVisible = ({ visibleAt }: LocalMessage): boolean => visibleAt <= clock.monotonic();
  const redrive = (): void => {
    const most = queue.options.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    const isWornOut = (message: LocalMessage) => message.receiveCount >= most && isVisible(message);
    for (const { body } of messages.filter(isWornOut)) sendToDeadLetters(body);
    messages = messages.filter((message) => !isWornOut(message));
  };
  const queue: Queue = {
    options: initial,
    createdAt: clock.now(),
    counts: () => {
      redrive();
      const hidden = messages.filter((message) => !isVisible(message));
      const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
      return {
        visible: messages.length - hidden.length,
        inFlight: hidden.length - delayed,
        delayed,
      };
    },
    get messages() {
      redrive();
      return messages;
    },
    send: (body, delaySeconds = 0) => {
      const messageId = ids.next();
      messages.push({
        messageId,
        body,
        sentAt: clock.now(),
        receiveCount: 0,
        receiptHandle: '',
        visibleAt: after(delaySeconds),
      });
      return messageId;
    },
    receive: (max, visibilitySeconds = queue.options.visibilitySeconds) => {
      redrive();
      const found = messages.filter(isVisible).slice(0, max);
      for (const message of found) {
        message.receiveCount += 1;
        message.firstReceivedAt ??= clock.now();
        message.receiptHandle = ids.next();
        message.visibleAt = after(visibilitySeconds);
      }
      return found;
    },
    remove: (handle) => {
      messages = messages.filter(({ receiptHandle }) => receiptHandle !== handle);
    },
    purge: () => {
      if (clock.monotonic() < mayPurgeAt) return false;
      messages = [];
      mayPurgeAt = after(secondsBetweenPurges);
      return true;
    },
    changeVisibility: (handle, seconds) => {
      const message = messages.find(({ receiptHandle }) => receiptHandle === handle);
      if (message !== undefined) message.visibleAt = after(seconds);
      return message !== undefined;
    },
  };
  return queue;
};
