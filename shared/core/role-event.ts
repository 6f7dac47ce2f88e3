import { asciiLower } from './ascii.ts';
import { isRecord } from './json.ts';
import type { Cause, RoleRef } from './model.ts';
import { isRoleName } from './role-arn.ts';
import { charactersOf, isOurTag, maxTagCharacters } from './tags.ts';

/** An event names the role, and which grants may be revoked now; the role's state decides everything else. */
export type RoleEvent =
  | {
      readonly kind: 'role';
      readonly ref: RoleRef;
      readonly cause: Cause;
      readonly event: TagEvent;
    }
  | IgnoredEvent;

export interface IgnoredEvent {
  readonly kind: 'ignored';
  readonly reason: string;
  /** An account that rolebridge.yml does not list sent it. */
  readonly unlistedSender?: string;
}

/** One IAM call that may have changed what a role asks for: who made it, when, and which keys of ours it names. */
export interface TagEvent {
  readonly eventName: TagEventName;
  readonly eventId?: string;
  /** ISO 8601, in whole seconds. */
  readonly eventTime?: string;
  readonly requestedBy?: string;
  readonly keys: readonly NamedKey[];
}

type TagEventName = 'CreateRole' | 'DeleteRole' | 'TagRole' | 'UntagRole';

/** A key of ours as an event names it. */
interface NamedKey {
  /** As the event spells it. To IAM, it is the same key in any casing, but a tag in another casing than ours is refused. */
  readonly key: string;
  /** The value that the event set; none if the event removed the key. */
  readonly value?: string;
}

/** Reads an EventBridge envelope around a CloudTrail record of IAM. Never throws, for any input. */
export const parseRoleEvent = (event: unknown, accountIds: readonly string[], tagKey: string): RoleEvent => {
  const detail = at(event, 'detail');
  const eventName = textAt(detail, 'eventName');
  if (
    textAt(event, 'source') !== 'aws.iam' ||
    textAt(detail, 'eventSource') !== 'iam.amazonaws.com' ||
    eventName === undefined
  ) {
    return ignored('not a CloudTrail record of an IAM call');
  }
  if (!isTagEventName(eventName)) return ignored(`${eventName} does not change who may have access`);
  const errorCode = textAt(detail, 'errorCode');
  if (errorCode !== undefined)
    return ignored(`the ${eventName} call failed (${errorCode}), so nothing changed`);
  const accountId = textAt(detail, 'recipientAccountId');
  if (accountId === undefined || accountId !== textAt(event, 'account')) {
    return ignored('the account of the envelope is not the account of the record');
  }
  if (!accountIds.includes(accountId))
    return { ...ignored(`account ${accountId} is not in rolebridge.yml`), unlistedSender: accountId };
  if (/^(cn|us-gov|eusc|us-iso[a-z]?)-/.test(textAt(event, 'region') ?? '')) {
    return ignored('Google trusts roles of the AWS partition "aws" only');
  }
  const roleName = textAt(detail, 'requestParameters', 'roleName');
  if (roleName === undefined || !isRoleName(roleName))
    return ignored(`the ${eventName} record names no role`);
  const named = at(detail, 'requestParameters', eventName === 'UntagRole' ? 'tagKeys' : 'tags');
  const keys = keysInRecord(eventName, named, tagKey);
  // The rule's pattern matches by prefix, so it lets other keys pass (google-accessory).
  if (keys.length === 0 && eventName !== 'DeleteRole')
    return ignored(`the ${eventName} record names no key of ours`);
  const caller = callerOf({
    eventId: textAt(detail, 'eventID'),
    eventTime: textAt(detail, 'eventTime'),
    requestedBy: textAt(detail, 'userIdentity', 'arn') ?? textAt(detail, 'userIdentity', 'invokedBy'),
  });
  return {
    kind: 'role',
    ref: { partition: 'aws', accountId, roleName },
    cause: { eventName, ...caller },
    event: { eventName, ...caller, keys },
  };
};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, field) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, field)
        ? Reflect.get(inner, field)
        : undefined,
    value,
  );

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

export const ignored = (reason: string): IgnoredEvent => ({ kind: 'ignored', reason });

const eventNames: ReadonlySet<string> = new Set(['CreateRole', 'DeleteRole', 'TagRole', 'UntagRole']);

const isTagEventName = (value: unknown): value is TagEventName =>
  typeof value === 'string' && eventNames.has(value);

/** The keys of ours that a call names: `tags` or `tagKeys` of CloudTrail's record, within the limits of IAM. */
const keysInRecord = (eventName: TagEventName, named: unknown, tagKey: string): readonly NamedKey[] => {
  if (eventName === 'DeleteRole' || !Array.isArray(named)) return [];
  const tags: readonly unknown[] = named;
  return keysOf(eventName, eventName === 'UntagRole' ? tags.map((key) => ({ key })) : tags, tagKey);
};

/** A role has at most 50 tags. */
const maxKeys = 50;

const keysOf = (eventName: TagEventName, named: readonly unknown[], tagKey: string): readonly NamedKey[] =>
  named
    .flatMap((one) => {
      if (!isRecord(one)) return [];
      const { key, value = '' } = one;
      if (typeof key !== 'string' || charactersOf(key) > maxTagCharacters.key || !isOurTag(key, tagKey))
        return [];
      if (eventName === 'UntagRole') return [{ key }];
      if (typeof value !== 'string' || charactersOf(value) > maxTagCharacters.value) return [];
      return [{ key, value }];
    })
    .slice(0, maxKeys);

/** An ARN has at most 2,048 characters, an event's id 36, a time 20. */
const maxLengths = { requestedBy: 2048, eventId: 64, eventTime: 64 };

/** Reads who made a call, and when. A field that is too long to be genuine is left out. */
const callerOf = (
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

/** A batch has at most 100 messages. A recheck carries no more, and all events of one second or none of them (message.ts). */
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

/** Which grants the events name: `all` of the role, or those of some keys (in lower case). */
export type NamedKeys = 'all' | readonly string[];

export const namesAny = (namedKeys: NamedKeys): boolean => namedKeys === 'all' || namedKeys.length > 0;

/** DeleteRole ends everything that the role had, and CreateRole everything that an earlier role of its name had. */
export const namedKeysOf = (events: readonly TagEvent[]): NamedKeys =>
  events.some(({ eventName }) => eventName === 'DeleteRole' || eventName === 'CreateRole')
    ? 'all'
    : [...new Set(events.flatMap(({ keys }) => keys.map(({ key }) => asciiLower(key))))];
