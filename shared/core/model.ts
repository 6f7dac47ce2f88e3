/** The terms of docs/glossary.md, as types. All of it is readonly data. */

/** An AWS IAM role. Never named by its path: Google never sees the path. */
export interface RoleRef {
  readonly partition: string;
  readonly accountId: string;
  readonly roleName: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/**
 * A role as IAM returns it. `absent`: IAM of the role's own account answered that it does not exist, rolebridge.yml does not list
 * its account, or it could not be read and no plan is made for it.
 */
export type RoleState =
  | {
      readonly kind: 'present';
      readonly ref: RoleRef;
      readonly roleId: string;
      readonly arn: string;
      readonly tags: readonly Tag[];
    }
  | { readonly kind: 'absent'; readonly ref: RoleRef };

export type PresentRole = Extract<RoleState, { readonly kind: 'present' }>;

export type Target =
  | { readonly kind: 'serviceAccount'; readonly email: string }
  | { readonly kind: 'direct'; readonly googleRole: string; readonly resource: string };

/** A moment in UTC with seconds, as IAM conditions and outcomes spell it: `2026-12-31T18:00:00Z`. */
export type Timestamp = string;

/** One tag that asks for access and could be read. */
export interface Request {
  readonly name: string;
  readonly tagKey: string;
  readonly value: string;
  readonly target: Target;
  readonly expiresAt?: Timestamp;
}

/** A request that the guardrail allows. `rule` names the rule that allows it. */
export interface Grant {
  readonly name: string;
  readonly target: Target;
  /** The project whose quota and jobs the role's clients use; set for a Google role on a resource. */
  readonly clientProject?: string;
  /** Set if the binding may stay where it exists, and may not be made: what Google says of the role does not allow it now. */
  readonly blocked?: Blocked;
  readonly expiresAt?: Timestamp;
  readonly rule: string;
  /** The tag that asked for it. */
  readonly tag: Tag;
}

/** `isPassing`: a later run may get another answer. */
export interface Blocked {
  readonly reason: string;
  readonly isPassing?: true;
}

export type RefusalCode =
  | 'malformed'
  | 'tag-key'
  | 'conditions'
  | 'google-role'
  | 'own-service-account'
  | 'project'
  | 'guardrail'
  | 'expiry'
  | 'expired';

/** A request that was not granted. `reason` is for a person: what was wrong, and what to do. */
export interface Refusal {
  readonly name: string;
  readonly tagKey: string;
  readonly value: string;
  readonly code: RefusalCode;
  readonly reason: string;
  readonly target?: Target;
}

/** `otherEvent`: an event of the role that does not name this key led to the look. */
export type Because = 'sweep' | 'guardrailChanged' | 'expired' | 'otherEvent';

/** The cause of a reconciliation. It is only for the outcomes; planning never sees it. */
export interface Cause {
  readonly eventId?: string;
  readonly eventName?: string;
  /** When the event happened in AWS, ISO 8601. */
  readonly eventTime?: string;
  readonly requestedBy?: string;
  /** The ledger recorded `requestedBy` when the access was given; no event of this look names it. */
  readonly isRecorded?: true;
  /** Events of the same second, each of which may be the cause. */
  readonly eventIds?: readonly string[];
  /** Why it happened, if no event names the key. */
  readonly because?: Because;
  /** The id of the event that led to the look. It names no cause. */
  readonly lookId?: string;
  /** Set for a drift: the ARN of the person whose answer the sweep had. */
  readonly answeredBy?: string;
}

export const targetText = (target: Target): string =>
  target.kind === 'serviceAccount' ? target.email : `${target.googleRole} on ${target.resource}`;

/** How messages name a role. */
export const roleText = ({ roleName, accountId }: RoleRef): string =>
  `role ${roleName} of account ${accountId}`;

/** For the ids of outcomes that no single event explains. */
export const lookOf = ({ eventId, lookId = eventId }: Cause): Pick<Cause, 'lookId'> =>
  lookId === undefined ? {} : { lookId };
