import { AwsError, type Input, invalid, isRecord, records, text, texts } from './call.ts';
import { inSeconds } from './clock.ts';
import type { EntryError, EventBus, NewEvent } from './event-bus.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const maxEntries = 10;
const maxBytes = 256 * 1024;

/** Entries fail one by one, and the call still succeeds. @throws AwsError if the whole call is refused */
export const putEvents = (bus: EventBus, region: string, input: Input): unknown => {
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
    // The stand-in has no other bus. As in AWS, an event for a missing bus is lost.
    return isDefaultBus(text(entry, 'EventBusName')) ? { EventId: bus.put(event).id } : { EventId: 'lost' };
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

const isDefaultBus = (name: string): boolean => name === '' || /(^|:event-bus\/)default$/.test(name);
