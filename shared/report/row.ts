import type { AccessState } from '../core/access.ts';
import type { Condition } from '../core/iam-policy.ts';
import type { RoleRef, Timestamp } from '../core/model.ts';

/** One access that a role requests or has: a row of `roles`, with its resource, its requester and its age. */
export interface ReportRow {
  /** Without an id if it does not exist, or was not seen. */
  readonly role: RoleRef & { readonly roleId?: string };
  /** Its AWS account was not listed, or is not in the file: the role may exist, with any tags. */
  readonly isRoleUnseen?: true;
  /** The name of the grant. Missing if no tag asks for the access. */
  readonly grant?: string;
  /** A service account, or a Google role on a resource. For a tag that cannot be read: its value. */
  readonly target: string;
  readonly googleRole?: string;
  /** A service account's e-mail, or the name of another resource. */
  readonly resource?: string;
  readonly state: AccessState;
  /** The former pool that it goes through. */
  readonly pool?: string;
  /** The condition that it is under, unless that is only an end, as rolebridge writes it. */
  readonly condition?: Condition;
  /** It would be revoked, and waits for a person's approval. */
  readonly isHeld?: true;
  /** Since when the binding is listed in the ledger. */
  readonly since?: Timestamp;
  readonly expiresAt?: Timestamp;
  /** The caller whose event set the tag. */
  readonly requestedBy?: string;
  readonly event?: RequestEvent;
  readonly rule?: string;
  /** Why it was refused, or is not bound. */
  readonly reason?: string;
}

/** The event that a request came with. */
export interface RequestEvent {
  readonly name?: string;
  readonly id?: string;
  readonly at?: Timestamp;
}
