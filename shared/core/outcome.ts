import { createHash } from 'node:crypto';
import { asciiLower } from './ascii.ts';
import { type Failure, PermanentError } from './errors.ts';
import { fitting, fittingText, jsonBytes } from './json.ts';
import { isDryRun } from './mode.ts';
import {
  type Cause,
  type RoleRef,
  type RoleState,
  type Tag,
  type Target,
  type Timestamp,
  targetText,
} from './model.ts';
import { type ParameterId, parameterKey } from './observed.ts';
import { causeFor, type ReportContext } from './requester.ts';

export const outcomeTypes = ['Granted', 'Revoked', 'Refused', 'Failed', 'Confirmed', 'Forgotten'] as const;

export type OutcomeType = (typeof outcomeTypes)[number];

/** The detail of a `Google Access …` event (docs/outcomes.md). */
export interface OutcomeDetail extends GrantState {
  readonly version: 1;
  /** Identifies the fact, for deduplication: equal in a replay, and another one if it becomes true again later. */
  readonly id: string;
  readonly role: RoleRef & { readonly roleId?: string };
  readonly reason?: string;
  /** The caller of the event that names this key (docs/outcomes.md). */
  readonly requestedBy?: string;
  /** `requestedBy` is who asked when the access was given, by the ledger; no event of this look names the key. */
  readonly isRecorded?: true;
  /** The ARN of the person whose answer let this happen (approve, forget, revoke --all). */
  readonly answeredBy?: string;
  readonly cause: Pick<Cause, 'eventId' | 'eventName' | 'eventIds' | 'because'>;
  /** The parts of a Granted or Failed outcome that did not happen. */
  readonly failed?: readonly FailedPart[];
  /** Set on a Confirmed outcome: the access that tags request and that was seen. */
  readonly grants?: readonly GrantState[];
  /** Set on Confirmed, Granted and Refused outcomes: access that exists as well, though no tag requests it. */
  readonly left?: readonly LeftAccess[];
  /** In mode dry-run: nothing was written. */
  readonly planned?: true;
  /** Fields that hold only their beginning, because EventBridge limits an event's size. */
  readonly cut?: readonly string[];
  readonly at: string;
}

/** The state of one grant of a role. */
export interface GrantState {
  readonly grant?: string;
  /** The tag that asked for it, as it is on the role. */
  readonly tag?: Tag;
  readonly rule?: string;
  readonly target?: Target;
  readonly member?: string;
  readonly parameters: readonly ParameterId[];
  /** Places where its config is not published yet. */
  readonly pending?: readonly ParameterId[];
  readonly expiresAt?: Timestamp;
  /** When the ledger first announced this binding. One that is removed and made again has another. */
  readonly since?: Timestamp;
}

/** A part of an outcome that did not happen. */
export type FailedPart =
  /** This place has no config, or an old one. */
  | { readonly part: 'config'; readonly region: string; readonly name: string; readonly reason: string }
  /** Another binding of the role on the same resource stays, with another end or in another spelling. */
  | { readonly part: 'binding'; readonly expiresAt?: Timestamp; readonly reason: string }
  /** A step for the role as a whole, such as reading it. `step` has the same words for each try. */
  | { readonly part: 'role'; readonly step: string; readonly reason: string };

/** Access that the role has, or may have, and that no tag requests. */
export interface LeftAccess {
  /** The grants that the ledger lists it under; empty if the ledger does not list it. */
  readonly grants: readonly string[];
  readonly target: Target;
  readonly member: string;
  readonly expiresAt?: Timestamp;
  readonly since?: Timestamp;
  /** Whether Google's policy was read and holds it; if not, the ledger lists it and the policy could not be read. */
  readonly isSeen: boolean;
  /** Why it was not removed. */
  readonly reason: string;
}

export interface Outcome {
  readonly type: OutcomeType;
  readonly detail: OutcomeDetail;
}

/** The access that a role has now, as we read it, whether or not its tags ask for it. */
export interface CurrentAccess {
  readonly grants: readonly GrantState[];
  readonly left: readonly LeftAccess[];
}

export type State = Omit<
  OutcomeDetail,
  'version' | 'id' | 'requestedBy' | 'isRecorded' | 'cause' | 'cut' | 'at' | 'role'
>;

/**
 * Reports something about a role, with the person behind it. `isBindingChanged`: this run made or removed the binding itself, rather than
 * only a config of it.
 */
export const makeOutcome = (
  context: ReportContext,
  role: RoleState,
  type: OutcomeType,
  state: State,
  isBindingChanged?: boolean,
): Outcome =>
  outcome(
    type,
    causeFor(context, role, state),
    context.now,
    {
      role: role.kind === 'present' ? { ...role.ref, roleId: role.roleId } : role.ref,
      ...state,
      ...(isDryRun(context.settings.mode) ? { planned: true as const } : {}),
    },
    isBindingChanged,
  );

/** The role, or a part of it, could not be read. */
export const failedOutcome = (
  context: ReportContext,
  role: RoleState,
  error: Failure,
  about: Partial<Pick<State, 'target' | 'parameters'>> | { readonly step: string } = { step: stepOf(error) },
): Outcome =>
  makeOutcome(context, role, 'Failed', {
    parameters: [],
    ...('step' in about ? { failed: [{ part: 'role', step: about.step, reason: error.message }] } : about),
    reason: error.message,
  });

/** Services add ids and times to their texts, after a colon. */
const stepOf = (error: Failure): string =>
  error instanceof PermanentError ? error.lasting : error.message.replace(/: .*/s, '');

/** The outcome with its id, within the limit of an event. `isBindingChanged`: as in makeOutcome. */
export const outcome = (
  type: OutcomeType,
  cause: Cause,
  now: Date,
  state: Omit<
    OutcomeDetail,
    'version' | 'id' | 'requestedBy' | 'isRecorded' | 'answeredBy' | 'cause' | 'cut' | 'at'
  >,
  isBindingChanged: boolean = type === 'Revoked',
): Outcome => {
  const { eventId, eventName, eventIds, because, requestedBy, isRecorded, answeredBy, lookId } = cause;
  const detail = {
    version: 1,
    ...state,
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(isRecorded === undefined ? {} : { isRecorded }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    cause: {
      ...(eventId === undefined ? {} : { eventId }),
      ...(eventName === undefined ? {} : { eventName }),
      ...(eventIds === undefined ? {} : { eventIds }),
      ...(because === undefined ? {} : { because }),
    },
    at: now.toISOString(),
  } as const;
  return {
    type,
    detail: withinEntry({ ...detail, id: hash(fact({ type, detail }, lookId, isBindingChanged)) }),
  };
};

/**
 * EventBridge takes 256 KB (262,144 bytes) an entry. Others decide how long some fields get: the file sets the number of
 * regions, anyone who can tag sets the number of grants, and anyone who can write parameters can make many of them fail.
 */
const maxBytes = { grants: 80_000, list: 25_000, text: 20_000 };

/** The detail of an outcome, cut to EventBridge's limit. `cut` names the fields that were shortened. */
const withinEntry = <T extends object>(detail: T): T & { readonly cut?: readonly string[] } => {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(detail);
  const cut = fields.flatMap(([field, value]) => {
    const fit = fitField(field, value);
    return fit === value ? [] : [[field, fit] as const];
  });
  if (cut.length === 0) return detail;
  return { ...detail, ...Object.fromEntries(cut), cut: cut.map(([field]) => field) };
};

const fitField = (field: string, value: unknown): unknown => {
  if (typeof value === 'string') return fittingText(value, maxBytes.text);
  if (Array.isArray(value)) return field === 'grants' ? fitGrants(value) : fitList(value, maxBytes.list);
  return field === 'cause' ? fitCause(Object(value)) : value;
};

/** Very many events of one second may each be the cause. */
const fitCause = (cause: { readonly eventIds?: readonly string[] }): object => {
  const { eventIds = [] } = cause;
  const fit = fitList(eventIds, maxBytes.list);
  return fit === eventIds ? cause : { ...cause, eventIds: fit };
};

const fitList = (list: readonly unknown[], limit: number): readonly unknown[] =>
  jsonBytes(list) <= limit ? list : fitting(list, limit);

/** Keeps all grants and drops their lists of places, instead of dropping grants. One pending place stands for all of them. */
const fitGrants = (grants: readonly unknown[]): readonly unknown[] => {
  if (jsonBytes(grants) <= maxBytes.grants) return grants;
  return fitting(grants.map(withoutLists), maxBytes.grants);
};

const withoutLists = (grant: unknown): unknown => {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(Object(grant));
  return Object.fromEntries(
    fields.map(([field, value]) => [field, Array.isArray(value) ? withoutPlaces(field, value) : value]),
  );
};

const withoutPlaces = (field: string, places: readonly unknown[]): readonly unknown[] =>
  field === 'parameters' ? [] : places.slice(0, 1);

const hash = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

type WithoutId = Pick<Outcome, 'type'> & { readonly detail: Omit<OutcomeDetail, 'id'> };

/**
 * What makes two outcomes the same fact: the same news of the same event, about the same binding in the ledger, with its
 * configs in the same places. Why each of these is needed: docs/outcomes.md, "Ids".
 */
const fact = (one: WithoutId, lookId: string | undefined, isBindingChanged: boolean): readonly unknown[] => {
  const { since, pending, grants, left, planned } = one.detail;
  return [
    ledTo(one, lookId, isBindingChanged),
    news(one),
    planned ?? false,
    since ?? null,
    placesOf(pending),
    (grants ?? []).map(stateText).toSorted(),
    (left ?? []).map(leftText).toSorted(),
  ];
};

/**
 * The event that explains an outcome. Without one, a binding that this look made or removed is known by its `since`, and a
 * refusal by the tag; a look with fewer messages of the same batch must report them with the same id. Anything else, such as
 * a config that was published again, is known by what led to the look.
 */
const ledTo = (
  { type, detail: { cause, since } }: WithoutId,
  lookId: string | undefined,
  isBindingChanged: boolean,
) => {
  // The drift that led to the look does not explain a refusal.
  if (type === 'Refused' && cause.because !== undefined) return null;
  const isMarked = type === 'Refused' || (isBindingChanged && since !== undefined);
  return cause.eventId ?? cause.eventIds ?? (isMarked ? null : (lookId ?? null));
};

/** Two outcomes with equal parts are the same news. The reason is left out, because it may name a time. */
const news = ({ type, detail }: WithoutId): readonly unknown[] => [
  type,
  detail.role.accountId,
  detail.role.roleName,
  detail.role.roleId ?? null,
  detail.grant ?? null,
  detail.tag === undefined ? null : asciiLower(detail.tag.key),
  // A grant is its target and its end, in any spelling of the tag. A refusal has only the tag's value.
  type === 'Refused' ? (detail.tag?.value ?? null) : null,
  // For a role as a whole: the places that could not be read.
  detail.grant === undefined && detail.target === undefined ? placesOf(detail.parameters) : [],
  detail.target === undefined ? null : targetText(detail.target),
  detail.expiresAt ?? null,
  (detail.failed ?? []).map(partText).toSorted(),
];

const placesOf = (places: readonly ParameterId[] = []): readonly string[] =>
  places.map(parameterKey).toSorted();

const partText = (part: FailedPart): string => {
  switch (part.part) {
    case 'config':
      return parameterKey(part);
    case 'binding':
      return `binding ${part.expiresAt ?? ''}`;
    case 'role':
      return `role ${part.step}`;
  }
};

const stateText = ({ grant, target, expiresAt, since, pending }: GrantState): string =>
  JSON.stringify([
    grant,
    target === undefined ? null : targetText(target),
    expiresAt ?? null,
    since ?? null,
    placesOf(pending),
  ]);

const leftText = ({ member, target, expiresAt, since, isSeen }: LeftAccess): string =>
  JSON.stringify([member, targetText(target), expiresAt ?? null, since ?? null, isSeen]);

/** Whether anything failed: all of a `Failed` outcome, or a part of a `Granted` one. */
export const isFailure = ({ type, detail }: Outcome): boolean =>
  type === 'Failed' || (detail.failed ?? []).length > 0;

/** Whether an outcome reports this failure. */
export const isFailureOf =
  ({ message }: Failure) =>
  (one: Outcome): boolean =>
    isFailure(one) && one.detail.reason?.includes(message) === true;

/**
 * A digest of what was refused or failed, so that a second look knows whether it has news. The failed part of a grant
 * is the same news as that part alone.
 */
export const reportDigest = (outcomes: readonly Outcome[]): string =>
  hash(
    outcomes
      .filter((one) => one.type === 'Refused' || isFailure(one))
      .map((one) => JSON.stringify(news(one.type === 'Granted' ? { ...one, type: 'Failed' } : one)))
      .toSorted(),
  );
