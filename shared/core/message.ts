import { isForgetSortKey } from './answer-item.ts';
import { maxDeferrals } from './change.ts';
import { type Approved, driftDetailType } from './drift.ts';
import { isGoogleRole, resourceKindOf } from './google-resource.ts';
import { fitting, isRecord, jsonBytes, shortened } from './json.ts';
import { type Cause, lookOf, type RoleRef, type Timestamp } from './model.ts';
import type { ParameterId } from './observed.ts';
import { isAwsRegion } from './region.ts';
import { isRoleName } from './role-arn.ts';
import {
  type IgnoredEvent,
  ignored,
  maxEvents,
  parseRoleEvent,
  type RoleEvent,
  readTagEvents,
  type TagEvent,
} from './role-event.ts';
import {
  emailOfResource,
  isServiceAccountEmail,
  type ResourceName,
  serviceAccountResource,
} from './service-account.ts';
import { type AccessName, accessOf, siteOfAccess, workloadIdentityUser } from './target.ts';

/** A message of the queue, read. */
export type Message =
  | Extract<RoleEvent, { readonly kind: 'role' }>
  | ({ readonly kind: 'secondLook' } & SecondLook)
  | ({
      readonly kind: 'drift';
      readonly ref: RoleRef;
      readonly cause: Cause;
      readonly releasedAt: Timestamp;
    } & SweepFindings)
  | IgnoredEvent;

/** The findings of a sweep, and the access that it released. Drift events carry all of it, and second looks what was released. */
export interface SweepFindings {
  /** Resources to read besides those that the tags and the ledger name. */
  readonly resources: readonly ResourceName[];
  /** Parameters outside the role's own folders that an earlier configuration left behind. */
  readonly strays: readonly ParameterId[];
  /** Resources that were absent. Before that counts, it is confirmed again. */
  readonly absent: readonly ResourceName[];
  /** Sort keys of people's answers that may drop entries of the ledger. */
  readonly answers: readonly string[];
  /** Access that may be revoked. */
  readonly released: readonly AccessName[];
  /** Access whose entries may leave the ledger. */
  readonly mayLeave: readonly AccessName[];
  /** When this was released. */
  readonly releasedAt?: Timestamp;
  /** The approvals among `released`, each with the person who approved. */
  readonly approved?: readonly Approved[];
}

/** Reads the body of a message. Never throws: a message that cannot be understood is ignored, with the reason. */
export const parseMessage = (body: string, accountIds: readonly string[], tagKey: string): Message => {
  try {
    return parseBody(JSON.parse(body), accountIds, tagKey);
  } catch {
    return ignored('the message is not JSON');
  }
};

const parseBody = (body: unknown, accountIds: readonly string[], tagKey: string): Message => {
  if (!isRecord(body)) return ignored('the message is not a JSON object');
  if (body['kind'] === secondLookKind) {
    const ref = parseRef(body['ref']);
    // The field has had this name since the first version.
    const { told: reported, released, releasedAt, deferrals, cut } = body;
    if (ref === undefined || !accountIds.includes(ref.accountId) || typeof reported !== 'string')
      return ignored('the second look names no role of a configured account');
    return {
      kind: 'secondLook',
      ref,
      cause: parseCause(body['cause']),
      reported,
      deferrals: isDeferrals(deferrals) ? deferrals : 0,
      events: readTagEvents(body['events'], tagKey),
      ...(Array.isArray(cut) && cut.includes('events') ? { isCut: true } : {}),
      ...(released === undefined
        ? {}
        : { released: listOf(released, isAccess), releasedAt: momentOf(releasedAt) }),
    };
  }
  if (body['source'] === 'rolebridge' && body['detail-type'] === driftDetailType) return parseDrift(body);
  return parseRoleEvent(body, accountIds, tagKey);
};

const parseRef = (value: unknown): RoleRef | undefined => {
  if (!isRecord(value)) return undefined;
  const { partition, accountId, roleName } = value;
  const isRef =
    typeof partition === 'string' &&
    /^aws[a-z-]*$/.test(partition) &&
    typeof accountId === 'string' &&
    /^\d{12}$/.test(accountId) &&
    typeof roleName === 'string' &&
    isRoleName(roleName);
  return isRef ? { partition, accountId, roleName } : undefined;
};

const parseCause = (value: unknown): Cause => {
  if (!isRecord(value)) return {};
  const fields = ['eventId', 'eventName', 'eventTime', 'requestedBy', 'lookId'] as const;
  return Object.fromEntries(
    fields.flatMap((field) => (isCauseText(value[field]) ? [[field, value[field]]] : [])),
  );
};

/** Callers' names are at most this long: https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
const isCauseText = (value: unknown): value is string => typeof value === 'string' && value.length <= 2048;

const isDeferrals = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxDeferrals;

/** Our own messages stay far below this; a forged one must not keep us busy. */
const maxListed = 500;

const listOf = <T>(value: unknown, isOne: (one: unknown) => one is T): readonly T[] =>
  Array.isArray(value) ? value.filter(isOne).slice(0, maxListed) : [];

/** Only in our own spelling: an account's unique id, a wildcard or another project name would be a second name for it. */
const isResource = (value: unknown): value is ResourceName =>
  typeof value === 'string' && (resourceKindOf(value) !== undefined || isServiceAccount(value));

const isServiceAccount = (value: ResourceName): boolean => {
  const email = emailOfResource(value);
  return isServiceAccountEmail(email) && value === serviceAccountResource(email);
};

const isAccess = (value: unknown): value is AccessName => {
  if (typeof value !== 'string') return false;
  const { googleRole, resource } = siteOfAccess(value);
  return googleRole === workloadIdentityUser
    ? isServiceAccount(value)
    : isGoogleRole(googleRole) &&
        resourceKindOf(resource) !== undefined &&
        value === accessOf({ googleRole, resource });
};

/** The sweep has one answer at a time. */
const maxAnswers = 5;

/** The role's account may no longer be configured. Such a role should have no access, so the message is not ignored. */
const parseDrift = (body: Readonly<Record<string, unknown>>): Message => {
  const detail = isRecord(body['detail']) ? body['detail'] : {};
  const ref = parseRef(detail['role']);
  if (ref === undefined) return ignored('the drift names no role');
  const approved = listOf(detail['approved'], isApproved).map(({ access, answeredBy }) => ({
    access,
    answeredBy,
  }));
  return {
    kind: 'drift',
    ref,
    cause: {
      eventName: driftDetailType,
      ...(typeof body['id'] === 'string' ? { eventId: body['id'] } : {}),
      ...(isArn(detail['answeredBy']) ? { answeredBy: detail['answeredBy'] } : {}),
    },
    resources: listOf(detail['resources'], isResource),
    strays: listOf(detail['strays'], isPlace).map(({ region, name }) => ({ region, name })),
    released: listOf(detail['released'], isAccess),
    releasedAt: momentOf(detail['at']),
    mayLeave: listOf(detail['mayLeave'], isAccess),
    absent: listOf(detail['absent'], isResource),
    ...(approved.length === 0 ? {} : { approved }),
    answers: listOf(detail['answers'], isForgetAnswer).slice(0, maxAnswers),
  };
};

/** Without a time, it counts as long ago. */
const momentOf = (value: unknown): Timestamp =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : '1970-01-01T00:00:00Z';

const isApproved = (value: unknown): value is Approved =>
  isRecord(value) && isAccess(value['access']) && isArn(value['answeredBy']);

const isArn = (value: unknown): value is string =>
  typeof value === 'string' && /^arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/-]{1,1024}$/.test(value);

const isPlace = (value: unknown): value is ParameterId =>
  isRecord(value) &&
  typeof value['region'] === 'string' &&
  isAwsRegion(value['region']) &&
  typeof value['name'] === 'string' &&
  /^(\/[A-Za-z0-9_.-]+){2,15}$/.test(value['name']);

const isForgetAnswer = (value: unknown): value is string =>
  typeof value === 'string' && isForgetSortKey(value);

/** A recheck of a role, requested now and made two minutes later. */
export interface SecondLook {
  readonly ref: RoleRef;
  readonly cause: Cause;
  /** Digest of the refusals and failures of the first pass: only changes are reported again. */
  readonly reported: string;
  /** Access that may be revoked, if a drift asked for the first pass. */
  readonly released?: readonly AccessName[];
  /** When the sweep released them. */
  readonly releasedAt?: Timestamp;
  /** How often configs of the role have been left for later so far. */
  readonly deferrals: number;
  /** The role events behind the first pass. They show who asked. */
  readonly events: readonly TagEvent[];
  /** An earlier message could not carry all of them. */
  readonly isCut?: true;
}

/**
 * SQS takes 1 MiB a message. A call of IAM names at most 50 tags, which is 80,000 bytes, so one event always fits.
 * What is not released stays until the next sweep.
 */
const maxBytes = { released: 80_000, events: 85_000 };

export const secondLookKind = 'rolebridge.second-look';

/** The body of the queue's message, within its limit. `cut` names the lists that were shortened. */
export const secondLookBody = ({ released, events, isCut, cause, reported, ...look }: SecondLook): string => {
  const kept = latestFitting(events);
  const fit = released === undefined ? undefined : fitting(released, maxBytes.released);
  const isEventsCut = isCut === true || kept.length < events.length;
  const cut = [
    ...(isEventsCut ? ['events'] : []),
    ...shortened({ released: released ?? [] }, { released: fit ?? [] }),
  ];
  return JSON.stringify({
    kind: secondLookKind,
    ...look,
    told: reported,
    // A dropped event may have been the cause, so no one is named.
    cause: isEventsCut ? lookOf(cause) : cause,
    events: kept,
    ...(fit === undefined ? {} : { released: fit }),
    ...(cut.length === 0 ? {} : { cut }),
  });
};

/**
 * The latest events. Those of one second are kept together or not at all, so every dropped event is older than every kept one,
 * and no kept event wrongly counts as the latest.
 */
const latestFitting = (events: readonly TagEvent[]): readonly TagEvent[] => {
  const groups = [...Map.groupBy(events, ({ eventTime = '' }) => eventTime)]
    .map(([time, group]) => ({ time: Date.parse(time) || 0, group }))
    .toSorted((a, b) => b.time - a.time);
  const kept: TagEvent[] = [];
  for (const { group } of groups) {
    const all = [...kept, ...group];
    if (all.length > maxEvents || jsonBytes(all) > maxBytes.events) break;
    kept.push(...group);
  }
  return kept;
};
