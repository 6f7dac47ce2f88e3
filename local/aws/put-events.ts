import { accountOf } from './assume-role.ts';
import { busNameOf, type LocalBus } from './buses.ts';
import { AwsError, type Input, invalid, isRecord, records, text, texts } from './call.ts';
import { inSeconds } from './clock.ts';
import type { EntryError, EventBus, NewEvent } from './event-bus.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const maxEntries = 10;
const maxBytes = 256 * 1024;

export interface EventsPlace {
  readonly bus: EventBus;
  readonly busOf: (accountId: string) => EventBus | undefined;
  readonly accountId: string;
  readonly region: string;
}

/** Entries fail one by one, and the call still succeeds. @throws AwsError if the whole call is refused */
export const putEvents = (place: EventsPlace, input: Input): unknown => {
  const { bus, region } = place;
  const entries = records(input, 'Entries');
  if (entries.length < 1 || entries.length > maxEntries)
    throw invalid(`Value at 'entries' must have length between 1 and ${maxEntries}`);
  if (entries.map(bytesOf).reduce((sum, bytes) => sum + bytes, 0) > maxBytes)
    throw new AwsError(
      'ValidationException',
      'Total size of the entries in the request is over the limit.',
      413,
    );
  const Entries = entries.map((entry) => {
    checkBus(place, text(entry, 'EventBusName'));
    const time = Number(entry['Time'] ?? Number.NaN);
    const event: NewEvent = {
      region,
      source: text(entry, 'Source'),
      'detail-type': text(entry, 'DetailType'),
      detail: detailOf(entry),
      resources: texts(entry, 'Resources'),
      ...(Number.isNaN(time) ? {} : { time: inSeconds(new Date(time * 1000)) }),
    };
    const refusal = check(entry) ?? bus.faultOf(event);
    if (refusal !== undefined) return refusal;
    return { EventId: send(place, text(entry, 'EventBusName'), event) };
  });
  const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
  return { FailedEntryCount, Entries };
};

const bytesOf = (entry: Input): number =>
  (entry['Time'] === undefined ? 0 : 14) +
  [text(entry, 'Source'), text(entry, 'DetailType'), text(entry, 'Detail'), ...texts(entry, 'Resources')]
    .map((part) => Buffer.byteLength(part))
    .reduce((sum, bytes) => sum + bytes, 0);

const detailOf = (entry: Input): Input | undefined => {
  try {
    const detail: unknown = JSON.parse(text(entry, 'Detail'));
    return isRecord(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
};

const check = (entry: Input): EntryError | undefined => {
  for (const field of ['Source', 'DetailType', 'Detail'])
    if (text(entry, field) === '')
      return entryError(
        'InvalidArgument',
        `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
      );
  if (text(entry, 'Source').startsWith('aws.'))
    return entryError('NotAuthorizedForSourceException', `Not authorized for the source.`);
  if (detailOf(entry) === undefined) return entryError('MalformedDetail', 'Detail is malformed.');
  return undefined;
};

const entryError = (ErrorCode: string, ErrorMessage: string): EntryError => ({ ErrorCode, ErrorMessage });

/** A bus of another account that does not exist, or admits no other account. @throws AwsError AccessDeniedException */
const checkBus = (place: EventsPlace, nameOrArn: string): void => {
  if (ownerOf(place, nameOrArn) === place.accountId || busIn(place, nameOrArn)?.policy !== undefined) return;
  throw new AwsError('AccessDeniedException', `The event bus ${nameOrArn} does not admit this account.`);
};

const ownerOf = ({ accountId }: EventsPlace, nameOrArn: string): string => accountOf(nameOrArn) || accountId;

const busIn = (place: EventsPlace, nameOrArn: string): LocalBus | undefined =>
  place.busOf(ownerOf(place, nameOrArn))?.buses.find(nameOrArn, place.region);

/** Puts an event on a bus, and returns its id. As in AWS, an event for a missing bus of the account is lost. */
const send = (place: EventsPlace, nameOrArn: string, event: NewEvent): string => {
  const receiving = busIn(place, nameOrArn);
  if (receiving === undefined) return 'lost';
  const owner = place.busOf(ownerOf(place, nameOrArn));
  // EventBridge stamps the sender's account, even on a bus of another one.
  return owner?.put({ ...event, account: place.accountId }, busNameOf(nameOrArn)).id ?? 'lost';
};
