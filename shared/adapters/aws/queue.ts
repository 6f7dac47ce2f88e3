import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { RetryableError } from '../../core/errors.ts';
import { secondLookKind } from '../../core/message.ts';
import type { SecondLooks } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

const chunks = <T>(values: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );

/** SQS takes 10 entries in a batch call. */
const entriesPerCall = 10;

/** IAM's reads lag behind its writes by seconds; two minutes are far on the safe side. */
const secondLookDelaySeconds = 120;

export const awsSecondLooks = (
  clients: AwsClients,
  queueUrl: string,
  abortSignal: AbortSignal,
): SecondLooks => ({
  schedule: async (looks) => {
    for (const chunk of chunks(looks, entriesPerCall)) {
      const Entries = chunk.map((look, index) => ({
        Id: String(index),
        DelaySeconds: secondLookDelaySeconds,
        MessageBody: JSON.stringify({ kind: secondLookKind, ...look }),
      }));
      const { Failed = [] } = await tried('asking for second looks', () =>
        clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal }),
      );
      if (Failed.length > 0)
        throw new RetryableError(
          `SQS did not take ${Failed.length} second looks (${Failed[0]?.Code ?? 'no reason'}).`,
        );
    }
  },
});

export interface Redelivery {
  readonly receiptHandle: string;
  readonly afterSeconds: number;
}

/** When messages that failed come back. Best effort: without it, they come back after the queue's own time-out. */
export const delayRedelivery = async (
  clients: AwsClients,
  queueUrl: string,
  redeliveries: readonly Redelivery[],
): Promise<void> => {
  for (const chunk of chunks(redeliveries, entriesPerCall)) {
    const Entries = chunk.map(({ receiptHandle, afterSeconds }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: afterSeconds,
    }));
    await tried('delaying messages', () =>
      clients.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })),
    );
  }
};
