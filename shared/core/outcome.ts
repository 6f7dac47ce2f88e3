import { createHash } from 'node:crypto';
import { type Cause, type RoleRef, type Tag, type Target, type Timestamp, targetText } from './model.ts';
import { withinEntry } from './outcome-size.ts';

export type OutcomeType = 'Granted' | 'Revoked' | 'Refused' | 'Failed' | 'Confirmed' | 'Forgotten';

/** What one grant of a role came to. */
export interface GrantState {
  readonly grant?: string;
  /** The tag that asked, as it is on the role. */
  readonly tag?: Tag;
  readonly rule?: string;
  readonly target?: Target;
  readonly member?: string;
  readonly parameters: readonly { readonly region: string; readonly name: string }[];
  readonly expiresAt?: Timestamp;
}

/** The detail of a `Google Access …` event (docs/outcomes.md). */
export interface OutcomeDetail extends GrantState {
  readonly version: 1;
  /** Stable over retries of the same look at the same event: to deduplicate by. */
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
  /** Of a Confirmed outcome: the role's whole state. */
  readonly grants?: readonly GrantState[];
  /** In mode dry-run: nothing was written. */
  readonly planned?: true;
  /** Fields that hold only their beginning, because EventBridge limits an event's size. */
  readonly cut?: readonly string[];
  readonly at: string;
}

export interface Outcome {
  readonly type: OutcomeType;
  readonly detail: OutcomeDetail;
}

const hash = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** What makes two outcomes the same news. Not the reason's words, which may name a time, nor the tag's spelling. */
const news = ({
  type,
  detail,
}: Pick<Outcome, 'type'> & { readonly detail: Omit<OutcomeDetail, 'id'> }): readonly unknown[] => [
  type,
  detail.role.accountId,
  detail.role.roleName,
  detail.role.roleId ?? null,
  detail.grant ?? null,
  detail.target === undefined ? null : targetText(detail.target),
  detail.expiresAt ?? null,
];

export type Look = 'first' | 'second';

export const outcome = (
  type: OutcomeType,
  look: Look,
  cause: Cause,
  now: Date,
  state: Omit<
    OutcomeDetail,
    'version' | 'id' | 'requestedBy' | 'isRecorded' | 'answeredBy' | 'cause' | 'cut' | 'at'
  >,
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
    detail: withinEntry({ ...detail, id: hash([eventId ?? lookId ?? null, look, news({ type, detail })]) }),
  };
};

/** A digest of what was refused or failed, so that a second look can tell whether it has news. */
export const toldDigest = (outcomes: readonly Outcome[]): string =>
  hash(
    outcomes
      .filter(({ type }) => type === 'Refused' || type === 'Failed')
      .map((one) => JSON.stringify(news(one)))
      .toSorted(),
  );
