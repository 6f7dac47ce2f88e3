import type { Cause, RoleRef } from './model.ts';
import { parseRoleEvent } from './role-event.ts';
import type { ResourceName } from './service-account.ts';

/** What a message of the queue asks for. */
export type Message =
  | { readonly kind: 'role'; readonly ref: RoleRef; readonly cause: Cause }
  | { readonly kind: 'secondLook'; readonly ref: RoleRef; readonly cause: Cause; readonly told: string }
  | {
      readonly kind: 'drift';
      readonly ref: RoleRef;
      readonly cause: Cause;
      readonly resources: readonly ResourceName[];
    }
  | { readonly kind: 'ignored'; readonly reason: string };

export const secondLookKind = 'rolebridge.second-look';
const driftDetailType = 'Google Access Drift Detected';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseRef = (value: unknown, accountIds: readonly string[]): RoleRef | undefined => {
  if (!isRecord(value)) return undefined;
  const { partition, accountId, roleName } = value;
  const isRef =
    partition === 'aws' &&
    typeof accountId === 'string' &&
    accountIds.includes(accountId) &&
    typeof roleName === 'string' &&
    /^[\w+=,.@-]{1,64}$/.test(roleName);
  return isRef ? { partition, accountId, roleName } : undefined;
};

const parseCause = (value: unknown): Cause => {
  if (!isRecord(value)) return {};
  const fields = ['eventId', 'eventName', 'eventTime', 'requestedBy'] as const;
  return Object.fromEntries(
    fields.flatMap((field) => (typeof value[field] === 'string' ? [[field, value[field]]] : [])),
  );
};

const isResource = (value: unknown): value is ResourceName =>
  typeof value === 'string' && /^projects\/[a-z0-9.:-]+\/serviceAccounts\/[a-z0-9@.-]+$/.test(value);

const parseBody = (body: unknown, accountIds: readonly string[]): Message => {
  if (!isRecord(body)) return { kind: 'ignored', reason: 'the message is not a JSON object' };
  if (body['kind'] === secondLookKind) {
    const ref = parseRef(body['ref'], accountIds);
    const { told } = body;
    return ref === undefined || typeof told !== 'string'
      ? { kind: 'ignored', reason: 'the second look names no role of a configured account' }
      : { kind: 'secondLook', ref, cause: parseCause(body['cause']), told };
  }
  if (body['source'] === 'rolebridge' && body['detail-type'] === driftDetailType) {
    const detail = isRecord(body['detail']) ? body['detail'] : {};
    const ref = parseRef(detail['role'], accountIds);
    const resources = Array.isArray(detail['resources']) ? detail['resources'].filter(isResource) : [];
    const cause = {
      eventName: driftDetailType,
      ...(typeof body['id'] === 'string' ? { eventId: body['id'] } : {}),
    };
    return ref === undefined
      ? { kind: 'ignored', reason: 'the drift names no role of a configured account' }
      : { kind: 'drift', ref, cause, resources };
  }
  return parseRoleEvent(body, accountIds);
};

/** Reads the body of a message. Never throws: what cannot be understood is ignored, with the reason. */
export const parseMessage = (body: string, accountIds: readonly string[]): Message => {
  try {
    return parseBody(JSON.parse(body), accountIds);
  } catch {
    return { kind: 'ignored', reason: 'the message is not JSON' };
  }
};
