import { asciiLower } from './ascii.ts';
import type { Approved } from './drift.ts';
import { guard } from './guardrail.ts';
import { endOf, hasEnded } from './iam-policy.ts';
import { askedAt, type LedgerEntry, type Requester } from './ledger.ts';
import {
  type Because,
  type Cause,
  lookOf,
  type Request,
  type RoleState,
  type Tag,
  type Target,
} from './model.ts';
import type { TagEvent } from './role-event.ts';
import type { Settings } from './settings.ts';
import { keyOfGrant, parseTags } from './tags.ts';
import { accessOf, siteOf } from './target.ts';

/** Everything that an outcome needs besides its own facts: who may have asked for it, and when it is reported. */
export interface ReportContext {
  readonly settings: Settings;
  /** The role events that led to this look. Their order means nothing. */
  readonly events: readonly TagEvent[];
  /** More events led to this run than a message could carry. */
  readonly isCut?: true;
  /** The cause of this run, for outcomes that no event of a key explains. */
  readonly cause: Cause;
  /** The sweep's event, if one led to this run. */
  readonly drift?: Cause;
  /** Revocations that the sweep released because a person approved them. */
  readonly approved: readonly Approved[];
  /** The entries that the ledger listed before this run. */
  readonly entries: readonly LedgerEntry[];
  readonly now: Date;
}

/** The subject of an outcome: a tag as it is on the role, access that ends, or the role as a whole. */
export interface Subject {
  readonly grant?: string;
  readonly tag?: Tag;
  readonly target?: Target;
}

/** When the role was last deleted or created, in milliseconds, if an event of this run says so. */
export const madeAtOf = (events: readonly TagEvent[]): number | undefined => {
  const [event] = latestOf(events.filter(isMaking));
  return event === undefined ? undefined : timeOf(event);
};

/** The requester of a grant, as the ledger stores it. `unknown`: several asked in the same second. */
export const requesterOfTag = (
  events: readonly TagEvent[],
  grant: string,
  tag: Tag,
): Requester | 'unknown' | undefined => {
  const found = settersOf(events, tag);
  if (found.length > 1) return 'unknown';
  const [event] = found;
  if (event === undefined) return undefined;
  const { eventName, eventId, eventTime, requestedBy } = event;
  return {
    grant,
    eventName,
    ...(eventId === undefined ? {} : { eventId }),
    ...(eventTime === undefined ? {} : { eventTime }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
};

/** The cause of an outcome, with who asked for the access or ended it: the caller of an event that names its key, or no one. */
export const causeFor = (context: ReportContext, role: RoleState, subject: Subject): Cause => {
  const { grant, tag, target } = subject;
  if (tag !== undefined) return ofTag(context, role, tag);
  if (target !== undefined) return ofEnding(context, role, grant, target);
  return ofRole(context);
};

const ofTag = (context: ReportContext, role: RoleState, tag: Tag): Cause => {
  const found = settersOf(context.events, tag);
  if (found.length > 0) return causeOf(context, found);
  const request = requestIn(context, tag);
  const recorded = request === undefined ? undefined : recordedFor(context, tag, request);
  const code = request === undefined ? undefined : refusalOf(context, role, request);
  if (code === 'expired') return recall(context, 'expired', recorded);
  const isChanged = code !== undefined && recorded !== undefined;
  return recall(context, isChanged ? 'guardrailChanged' : undefined, recorded);
};

/** The events that set a tag to the value that it has: none if they set it on an earlier role of this name. */
const settersOf = (events: readonly TagEvent[], tag: Tag): readonly TagEvent[] => {
  const found = latestOf(events.filter((event) => isSettingOf(event, tag)));
  // Not in the filter: there may be thousands of events.
  const disproved = disprovedUntil(events, tag);
  return found.filter((event) => timeOf(event) >= disproved);
};

/** When the role was last made without the tag's value, or deleted, in milliseconds: who set it earlier set it on another role. */
export const disprovedUntil = (events: readonly TagEvent[], tag: Tag): number =>
  Math.max(0, ...events.filter((event) => isMaking(event) && !isSettingOf(event, tag)).map(timeOf));

const isMaking = ({ eventName }: TagEvent): boolean =>
  eventName === 'DeleteRole' || eventName === 'CreateRole';

/** The latest of some events; several, if their times are equal. An event that was delivered twice is one. */
const latestOf = (events: readonly TagEvent[]): readonly TagEvent[] => {
  const distinct = [
    ...new Map(events.map((event) => [event.eventId ?? JSON.stringify(event), event])).values(),
  ];
  const last = Math.max(...distinct.map(timeOf));
  return distinct.filter((event) => timeOf(event) === last);
};

const timeOf = ({ eventTime }: TagEvent): number => (eventTime === undefined ? 0 : Date.parse(eventTime));

/** Whether an event set a tag to the value that it has. */
const isSettingOf = ({ eventName, keys }: TagEvent, tag: Tag): boolean =>
  (eventName === 'TagRole' || eventName === 'CreateRole') &&
  keys.some(({ key, value }) => asciiLower(key) === asciiLower(tag.key) && value === tag.value);

/** The event that explains it; if several happened in the same second, the caller is not known. */
const causeOf = ({ cause }: ReportContext, found: readonly TagEvent[]): Cause => {
  const look = lookOf(cause);
  const [event] = found;
  if (event !== undefined && found.length === 1) {
    const { keys: _, ...named } = event;
    return { ...look, ...named };
  }
  const names = new Set(found.map(({ eventName }) => eventName));
  const [eventName] = names;
  return {
    ...look,
    ...(names.size > 1 || eventName === undefined ? {} : { eventName }),
    eventIds: found.flatMap(({ eventId = [] }) => eventId).toSorted(),
  };
};

/** The request of a tag, if it can be read. */
const requestIn = ({ settings }: ReportContext, tag: Tag): Request | undefined =>
  parseTags([tag], settings.tagKey).requests[0];

type Asked = Pick<Request, 'target' | 'expiresAt'>;

/** The requester that the ledger recorded for a grant with this very target and end, if that caller's tag is still the one there. */
const recordedFor = (
  { entries, events }: ReportContext,
  tag: Tag,
  { name, target, expiresAt }: Request,
): Requester | undefined =>
  entries
    .filter((entry) => isEntryOf(entry, name, target) && endOf(entry.condition) === expiresAt)
    .flatMap((entry) =>
      (entry.requesters ?? []).filter((one) => askedAt(one, entry) >= disprovedUntil(events, tag)),
    )
    .find((one) => one.grant === name);

const isEntryOf = (entry: LedgerEntry, grant: string | undefined, target: Target): boolean =>
  accessOf(entry) === accessOf(siteOf(target)) && (grant === undefined || entry.grants.includes(grant));

const refusalOf = (
  { settings, now }: ReportContext,
  { ref }: RoleState,
  request: Request,
): string | undefined => {
  const decided = guard(request, ref, settings, now);
  return 'reason' in decided ? decided.code : undefined;
};

/** No event of this run explains it. The ledger may know who asked for the access. */
const recall = (
  { events, cause, drift }: ReportContext,
  because: Because | undefined,
  recorded: Requester | undefined,
): Cause => {
  const base = baseOf(events, drift);
  const why = base === undefined ? undefined : (because ?? base);
  const { requestedBy: _, answeredBy: __, ...look } = drift ?? cause;
  return {
    // The id of an event that does not name the key would look like its cause.
    ...(base === 'otherEvent' ? lookOf(cause) : look),
    ...(why === undefined ? {} : { because: why }),
    ...(recorded?.requestedBy === undefined
      ? {}
      : { requestedBy: recorded.requestedBy, isRecorded: true as const }),
  };
};

const baseOf = (events: readonly TagEvent[], drift: Cause | undefined): Because | undefined => {
  if (drift !== undefined) return 'sweep';
  return events.length > 0 ? 'otherEvent' : undefined;
};

/** Access that ends: an UntagRole that names its key, a TagRole that set it to something else, or a DeleteRole. */
const ofEnding = (
  context: ReportContext,
  role: RoleState,
  grant: string | undefined,
  target: Target,
): Cause => {
  const { events, entries, settings } = context;
  const key = keyOfGrant(grant, settings.tagKey);
  const ended = entries.filter((entry) => isEntryOf(entry, grant, target));
  const isSame = ({ target: other, expiresAt }: Asked): boolean =>
    accessOf(siteOf(other)) === accessOf(siteOf(target)) &&
    (ended.length === 0 || ended.some(({ condition }) => endOf(condition) === expiresAt));
  const isEndedBy = ({ eventName, keys }: TagEvent): boolean => {
    if (eventName === 'DeleteRole') return true;
    if (grant === undefined || eventName === 'CreateRole') return false;
    return keys.some(({ key: named, value }) => {
      if (asciiLower(named) !== key) return false;
      const asked = value === undefined ? undefined : requestIn(context, { key: named, value });
      return asked === undefined || !isSame(asked);
    });
  };
  const tag = role.kind === 'absent' ? undefined : role.tags.find((one) => asciiLower(one.key) === key);
  const request = tag === undefined ? undefined : requestIn(context, tag);
  const isAsked = request !== undefined && isSame(request);
  const found = latestOf(events.filter((event) => isEndedBy(event) && !wasBoundAfter(event, ended, isAsked)));
  if (found.length > 0) return causeOf(context, found);
  const recorded = ended.flatMap(({ requesters = [] }) => requesters).find((one) => one.grant === grant);
  return {
    ...answerFor(context, target),
    ...recall(context, reasonOf(context, role, isAsked ? request : undefined, ended), recorded),
  };
};

/**
 * Whether bindings were made after an event, so that it did not end them: a later event asked for them. An event's time is that
 * of a whole second. Unless their tag still asks for them, they may also have been made after the event because IAM's reads
 * lagged behind it.
 */
const wasBoundAfter = (event: TagEvent, ended: readonly LedgerEntry[], isAsked: boolean): boolean => {
  if (event.eventTime === undefined) return isAsked && ended.length > 0;
  const from = timeOf(event) + (isAsked ? 1000 : lagMilliseconds);
  return ended.length > 0 && ended.every(({ since }) => Date.parse(since) >= from);
};

/** IAM's reads lag by seconds, and the recheck comes after two minutes. Five also cover a recheck that waited in the queue. */
const lagMilliseconds = 5 * 60 * 1000;

/** The person who asked for everything to end, or approved that this access does; of several, always the same one. */
const answerFor = ({ approved, drift, cause }: ReportContext, target: Target): Pick<Cause, 'answeredBy'> => {
  const [approvedBy] = approved
    .filter(({ access }) => access === accessOf(siteOf(target)))
    .map((one) => one.answeredBy)
    .toSorted();
  const answeredBy = (drift ?? cause).answeredBy ?? approvedBy;
  return answeredBy === undefined ? {} : { answeredBy };
};

/**
 * Why access ends without an event: the tag that still asks for it is refused, or the access has expired. Access that the ledger
 * does not list was bound by hand, or nothing is known about it, so no guardrail ever allowed it.
 */
const reasonOf = (
  context: ReportContext,
  role: RoleState,
  request: Request | undefined,
  ended: readonly LedgerEntry[],
): Because | undefined => {
  const code = request === undefined ? undefined : refusalOf(context, role, request);
  if (code === 'expired') return 'expired';
  if (code !== undefined && ended.length > 0) return 'guardrailChanged';
  const hasExpired = ended.length > 0 && ended.every(({ condition }) => hasEnded(condition, context.now));
  return hasExpired ? 'expired' : undefined;
};

/** An outcome about a role as a whole names a caller only if all events have the same one and none of them was left out. */
const ofRole = (context: ReportContext): Cause => {
  const { events, cause, isCut } = context;
  if (events.length === 0) return cause;
  const callers = new Set(events.map(({ requestedBy }) => requestedBy));
  const { requestedBy: _, ...found } = causeOf(context, latestOf(events));
  const [caller] = callers;
  return isCut === true || callers.size > 1 || caller === undefined
    ? found
    : { ...found, requestedBy: caller };
};
