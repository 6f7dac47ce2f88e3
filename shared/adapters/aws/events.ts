import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type Failure, PermanentError, RetryableError, toFailure } from '../../core/errors.ts';
import { fullJitter, retry } from '../../waiting.ts';
import { clockUntil } from '../clock.ts';
import type { AwsClients } from './clients.ts';
import { tried } from './failure.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const entriesPerCall = 10;
const bytesPerCall = 256 * 1024;

/** One event of ours on a default bus. */
export interface OwnEvent {
  /** @default `rolebridge` */
  readonly source?: string;
  readonly detailType: string;
  readonly detail: { readonly at: string };
}

type EventClients = Pick<AwsClients, 'events'>;

/** Sends every event that EventBridge accepts. @throws the first Failure, if it did not accept all */
export const sendEvents = async (
  clients: EventClients,
  events: readonly OwnEvent[],
  abortSignal: AbortSignal,
): Promise<void> => {
  const failures = [];
  for (const call of callsOf(events.map(entryOf)))
    failures.push(...(await sendInParts(clients, call, abortSignal)));
  const first = failures.find((failure) => failure instanceof RetryableError) ?? failures[0];
  if (first !== undefined) throw first;
};
const entryOf = ({ source = 'rolebridge', detailType, detail }: OwnEvent): PutEventsRequestEntry => ({
  Source: source,
  DetailType: detailType,
  Detail: JSON.stringify(detail),
  Time: new Date(detail.at),
});

/** Splits the entries, in order, into as few calls as possible. */
const callsOf = (
  entries: readonly PutEventsRequestEntry[],
): readonly (readonly PutEventsRequestEntry[])[] => {
  const calls: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOf(entry);
    const last = calls.at(-1);
    if (last === undefined || last.length === entriesPerCall || bytes + size > bytesPerCall) {
      calls.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return calls;
};

/** The size by EventBridge's own rule: 14 bytes for the time, and the texts in UTF-8. */
const bytesOf = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number =>
  14 + Buffer.byteLength(Source + DetailType + Detail);

/** If a call is refused permanently, its parts are sent alone: one bad event must not stop the others. */
const sendInParts = async (
  clients: EventClients,
  entries: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
): Promise<readonly Failure[]> => {
  try {
    await sendEntries(clients, entries, abortSignal);
    return [];
  } catch (thrown) {
    const failure = toFailure(thrown);
    const parts = failure instanceof PermanentError ? partsOf(entries, failure) : [];
    if (parts.length < 2) return [failure];
    const failures = [];
    for (const part of parts) failures.push(...(await sendInParts(clients, part, abortSignal)));
    return failures;
  }
};

/** A call succeeds even if some entries fail: only those are sent again. */
const sendEntries = async (
  clients: EventClients,
  entries: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
): Promise<void> => {
  let open = entries;
  const options = {
    clock: clockUntil(abortSignal),
    attempts: 4,
    pauseMilliseconds: fullJitter({ firstMilliseconds: 100, longestMilliseconds: 1_000 }),
    isRetryable: (thrown: unknown) => thrown instanceof RetryableError,
    signal: abortSignal,
  };
  await retry(options, async () => {
    const { Entries = [] } = await tried('sending events to EventBridge', () =>
      clients.events.send(new PutEventsCommand({ Entries: [...open] }), { abortSignal }),
    );
    // EventBridge gives each event that it takes an id.
    open = open.filter((_, index) => Entries[index]?.EventId === undefined);
    if (open.length === 0) return;
    const reason = Entries.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode ?? 'no reason given';
    throw new RetryableError(`EventBridge did not take ${open.length} events (${reason}).`);
  });
};

/** A policy may deny one type of event, for example in an account whose member template is older. It never denies one event alone. */
const partsOf = (
  entries: readonly PutEventsRequestEntry[],
  failure: PermanentError,
): readonly (readonly PutEventsRequestEntry[])[] =>
  isDenied(failure)
    ? [...Map.groupBy(entries, ({ DetailType }) => DetailType).values()]
    : entries.map((entry) => [entry]);

const isDenied = ({ cause }: PermanentError): boolean =>
  cause instanceof Error && /^(AccessDenied|UnrecognizedClient|InvalidClientTokenId)/.test(cause.name);
