import { AwsError } from './call.ts';
import type { LocalMessage, Queue, QueueOptions } from './queue.ts';

/** Attributes are text, times are in whole seconds: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export type Attributes = Readonly<Record<string, string>>;

export interface QueueState {
  readonly options: QueueOptions;
  readonly createdAt: Date;
  readonly counts: ReturnType<Queue['counts']>;
  readonly arnOf: (queueName: string) => string;
}

export const queueAttributes = (state: QueueState): Attributes => {
  const { options, createdAt, counts, arnOf } = state;
  return {
    QueueArn: arnOf(options.name),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: seconds(createdAt),
    LastModifiedTimestamp: seconds(createdAt),
    VisibilityTimeout: String(options.visibilitySeconds),
    MaximumMessageSize: String(1024 * 1024),
    MessageRetentionPeriod: String(options.retentionSeconds ?? 345_600),
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    ...(options.policy === undefined ? {} : { Policy: options.policy }),
    ...redriveOf(state),
  };
};

const seconds = (date: Date): string => String(Math.floor(date.getTime() / 1000));

const redriveOf = ({ options: { redrive }, arnOf }: QueueState): Attributes =>
  redrive === undefined
    ? {}
    : {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: arnOf(redrive.deadLetterQueue),
          maxReceiveCount: redrive.maxReceiveCount,
        }),
      };

export const messageAttributes = ({ receiveCount, sentAt, firstReceivedAt }: LocalMessage): Attributes => ({
  ApproximateReceiveCount: String(receiveCount),
  SentTimestamp: String(sentAt.getTime()),
  ApproximateFirstReceiveTimestamp: String((firstReceivedAt ?? sentAt).getTime()),
  SenderId: 'AROALOCAL',
});

/** @throws AwsError for an unknown name */
export const chosenAttributes = (all: Attributes, names: readonly string[]): Attributes => {
  if (names.includes('All')) return all;
  const unknown = names.find((name) => !(name in all) && !optional.has(name));
  if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
};

/** Attributes that only some queues have. */
const optional = new Set([
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'AWSTraceHeader',
  'MessageDeduplicationId',
  'MessageGroupId',
  'SequenceNumber',
  'DeadLetterQueueSourceArn',
]);
