import { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { driftDetailType } from '../../core/drift.ts';
import { type Failure, RetryableError, toFailure } from '../../core/errors.ts';
import { secondLookBody } from '../../core/message.ts';
import { mirrorSource } from '../../core/mirror-source.ts';
import type { Clock, OutcomeMirror, OutcomeSink, SecondLooks, SweepSink } from '../../ports.ts';
import { withinDeadline } from '../../waiting.ts';
import type { AwsClients, ClientsOf } from './clients.ts';
import { sendEvents } from './events.ts';
import { tried } from './failure.ts';

export const awsOutcomes = (clients: AwsClients, abortSignal: AbortSignal): OutcomeSink => ({
  send: (outcomes) =>
    sendEvents(
      clients,
      outcomes.map(({ type, detail }) => ({ detailType: `Google Access ${type}`, detail })),
      abortSignal,
    ),
});

/** Sends outcomes to the default bus of another account, in the region of the stack, and gives up after `seconds`. */
export const awsMirror = (
  clientsOf: ClientsOf,
  clock: Pick<Clock, 'pause'>,
  abortSignal: AbortSignal,
  seconds = 10,
): OutcomeMirror => ({
  send: (accountId, outcomes) =>
    withinDeadline(
      clock,
      seconds * 1000,
      () => new RetryableError(`AWS account ${accountId} did not take its outcomes within ${seconds} s.`),
      () =>
        sendEvents(
          clientsOf(accountId),
          outcomes.map(({ type, detail }) => ({
            source: mirrorSource,
            detailType: `Google Access ${type}`,
            detail,
          })),
          abortSignal,
        ),
    ),
});

export const awsSweepSink = (clients: AwsClients, abortSignal: AbortSignal): SweepSink => ({
  drifts: (drifts) =>
    sendEvents(
      clients,
      drifts.map((detail) => ({ detailType: driftDetailType, detail })),
      abortSignal,
    ),
  held: (details) =>
    sendEvents(
      clients,
      details.map((detail) => ({ detailType: 'Google Access Revocations Held', detail })),
      abortSignal,
    ),
});

/** IAM's reads lag behind its writes by seconds, so two minutes leave a wide margin. */
const secondLookDelaySeconds = 120;

/** Schedules rechecks: each arrives in the queue two minutes later. */
export const awsSecondLooks = (
  clients: AwsClients,
  queueUrl: string,
  abortSignal: AbortSignal,
): SecondLooks => ({
  schedule: (looks) =>
    callAll(
      chunks(looks.map(secondLookBody), (body) => Buffer.byteLength(body)),
      async (bodies) => {
        const Entries = bodies.map((body, index) => ({
          Id: String(index),
          DelaySeconds: secondLookDelaySeconds,
          MessageBody: body,
        }));
        const { Successful = [], Failed = [] } = await tried('asking for second looks', () =>
          clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal }),
        );
        const taken = new Set(Successful.map(({ Id }) => Id));
        const left = Entries.filter(({ Id }) => !taken.has(Id)).length;
        if (left > 0)
          throw new RetryableError(
            `SQS did not take ${left} second looks (${Failed[0]?.Code ?? 'no reason given'}).`,
          );
      },
    ),
});

export interface Redelivery {
  readonly receiptHandle: string;
  readonly afterSeconds: number;
}

/** Sets when failed messages come back. Best effort: otherwise they come back after the queue's own timeout. */
export const delayRedelivery = (
  clients: AwsClients,
  queueUrl: string,
  redeliveries: readonly Redelivery[],
): Promise<void> =>
  callAll(
    chunks(redeliveries, () => 0),
    async (chunk) => {
      const Entries = chunk.map(({ receiptHandle, afterSeconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: afterSeconds,
      }));
      await tried('delaying messages', () =>
        clients.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })),
      );
    },
  );

/** SQS takes 10 entries and 1 MiB (1,048,576 bytes) in a batch call; the rest is left for what surrounds the bodies. */
const entriesPerCall = 10;
const bytesPerCall = 1_000_000;

/** Splits the values, in order, into as few calls as possible. */
const chunks = <T>(values: readonly T[], bytesOf: (value: T) => number): readonly (readonly T[])[] => {
  const made: T[][] = [];
  let bytes = 0;
  for (const value of values) {
    const last = made.at(-1);
    if (last === undefined || last.length === entriesPerCall || bytes + bytesOf(value) > bytesPerCall) {
      made.push([value]);
      bytes = bytesOf(value);
    } else {
      last.push(value);
      bytes += bytesOf(value);
    }
  }
  return made;
};

/** Makes every call, even if one fails. Then it throws the first failure. */
const callAll = async <T>(calls: readonly T[], make: (call: T) => Promise<void>): Promise<void> => {
  const failures: Failure[] = [];
  for (const call of calls)
    await make(call).catch((thrown: unknown) => {
      failures.push(toFailure(thrown));
    });
  const [first] = failures;
  if (first !== undefined) throw first;
};
