import type { Cause, RoleRef } from './model.ts';
import { callerOf, isTagEventName, namedKeys, type TagEvent } from './tag-event.ts';

/** An event names WHICH role; state decides WHAT. */
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

const roleNamePattern = /^[\w+=,.@-]{1,64}$/;

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
  if (roleName === undefined || !roleNamePattern.test(roleName))
    return ignored(`the ${eventName} record names no role`);
  const named = at(detail, 'requestParameters', eventName === 'UntagRole' ? 'tagKeys' : 'tags');
  const keys = namedKeys(eventName, named, tagKey);
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

const ignored = (reason: string): IgnoredEvent => ({ kind: 'ignored', reason });
