import { asciiLower } from './ascii.ts';
import { isRecord } from './json.ts';
import { isOurTag } from './tags.ts';

/** One IAM call that may have changed what a role asks for: who made it, when, and which keys of ours it names. */
export interface TagEvent {
  readonly eventName: TagEventName;
  readonly eventId?: string;
  /** ISO 8601, in whole seconds. */
  readonly eventTime?: string;
  readonly requestedBy?: string;
  readonly keys: readonly NamedKey[];
}

export type TagEventName = 'CreateRole' | 'DeleteRole' | 'TagRole' | 'UntagRole';

/** A key of ours as an event names it. */
export interface NamedKey {
  /** As the event spells it. To IAM, it is the same key in any casing, but a tag in another casing than ours is refused. */
  readonly key: string;
  /** The value that the event set; none if the event removed the key. */
  readonly value?: string;
}

/** A batch has at most 100 messages. A second look carries no more, with those of one second together (second-look.ts). */
export const maxEvents = 100;

/** Reads the events that a recheck carries, and leaves out anything else. */
export const readTagEvents = (value: unknown, tagKey: string): readonly TagEvent[] =>
  Array.isArray(value) ? value.slice(0, maxEvents).flatMap((one: unknown) => readTagEvent(one, tagKey)) : [];

const readTagEvent = (value: unknown, tagKey: string): readonly TagEvent[] => {
  if (!isRecord(value)) return [];
  const { eventName, keys } = value;
  if (!isTagEventName(eventName) || !Array.isArray(keys)) return [];
  return [
    {
      eventName,
      ...callerOf(value),
      keys: keysOf(eventName, keys, tagKey),
    },
  ];
};

const eventNames: ReadonlySet<string> = new Set(['CreateRole', 'DeleteRole', 'TagRole', 'UntagRole']);

export const isTagEventName = (value: unknown): value is TagEventName =>
  typeof value === 'string' && eventNames.has(value);

/** An ARN has at most 2,048 characters, an event's id 36, a time 20. */
const maxLengths = { requestedBy: 2048, eventId: 64, eventTime: 64 };

/** Reads who made a call, and when. A field that is too long to be genuine is left out. */
export const callerOf = (
  fields: Readonly<Record<string, unknown>>,
): Pick<TagEvent, 'eventId' | 'eventTime' | 'requestedBy'> => {
  const { eventId, eventTime, requestedBy } = fields;
  return {
    ...(isShort(eventId, maxLengths.eventId) ? { eventId } : {}),
    ...(isShort(eventTime, maxLengths.eventTime) && !Number.isNaN(Date.parse(eventTime))
      ? { eventTime }
      : {}),
    ...(isShort(requestedBy, maxLengths.requestedBy) ? { requestedBy } : {}),
  };
};

const isShort = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxLength;

const maxKeyLength = 128;

const maxValueLength = 256;

/** IAM's own limits: a longer key or value was never on a role. */
const maxKeys = 50;

const keysOf = (eventName: TagEventName, named: readonly unknown[], tagKey: string): readonly NamedKey[] =>
  named
    .flatMap((one) => {
      if (!isRecord(one)) return [];
      const { key, value = '' } = one;
      if (typeof key !== 'string' || key.length > maxKeyLength || !isOurTag(key, tagKey)) return [];
      if (eventName === 'UntagRole') return [{ key }];
      if (typeof value !== 'string' || value.length > maxValueLength) return [];
      return [{ key, value }];
    })
    .slice(0, maxKeys);

/** The keys of ours that a call names: `tags` or `tagKeys` of CloudTrail's record, within the limits of IAM. */
export const namedKeys = (eventName: TagEventName, named: unknown, tagKey: string): readonly NamedKey[] => {
  if (eventName === 'DeleteRole' || !Array.isArray(named)) return [];
  const tags: readonly unknown[] = named;
  return keysOf(eventName, eventName === 'UntagRole' ? tags.map((key) => ({ key })) : tags, tagKey);
};

/** Whose grants the events name: `all` of the role, or those of some keys (in lower case). */
export type NamedKeys = 'all' | readonly string[];

/** DeleteRole ends everything that the role had, and CreateRole everything that an earlier role of its name had. */
export const namedKeysOf = (events: readonly TagEvent[]): NamedKeys =>
  events.some(({ eventName }) => eventName === 'DeleteRole' || eventName === 'CreateRole')
    ? 'all'
    : [...new Set(events.flatMap(({ keys }) => keys.map(({ key }) => asciiLower(key))))];
