import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { backOff } from 'exponential-backoff';
import { RetryableError } from '../../core/errors.ts';
import type { OutcomeSink } from '../../ports.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const entriesPerCall = 10;

export const chunks = <T>(values: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );

/** The call succeeds though entries fail: only those are sent again. */
const sendEntries = async (
  clients: AwsClients,
  entries: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
): Promise<void> => {
  let open = entries;
  await backOff(
    async () => {
      const { Entries = [], FailedEntryCount = 0 } = await tried('sending outcomes to EventBridge', () =>
        clients.events.send(new PutEventsCommand({ Entries: [...open] }), { abortSignal }),
      );
      if (FailedEntryCount === 0) return;
      const reason = Entries.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode ?? 'no reason given';
      open = open.filter((_, index) => Entries[index]?.ErrorCode !== undefined);
      throw new RetryableError(`EventBridge did not take ${FailedEntryCount} outcomes (${reason}).`);
    },
    { jitter: 'full', startingDelay: 100, numOfAttempts: 4, retry: () => !abortSignal.aborted },
  );
};

export const awsOutcomes = (clients: AwsClients, abortSignal: AbortSignal): OutcomeSink => ({
  send: async (outcomes) => {
    const entries = outcomes.map(({ type, detail }) => ({
      Source: 'rolebridge',
      DetailType: `Google Access ${type}`,
      Detail: JSON.stringify(detail),
      Time: new Date(detail.at),
    }));
    for (const chunk of chunks(entries, entriesPerCall)) await sendEntries(clients, chunk, abortSignal);
  },
});
