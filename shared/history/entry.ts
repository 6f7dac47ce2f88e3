import type { Because, RoleRef, Timestamp } from '../core/model.ts';
import type { OutcomeType } from '../core/outcome.ts';

/** One thing that a function logged. */
export type HistoryEntry = OutcomeEntry | AnswerEntry;

/** An outcome of reconcile (docs/outcomes.md). */
export interface OutcomeEntry {
  readonly kind: 'outcome';
  readonly at: Timestamp;
  readonly result: OutcomeType;
  /** The outcome's own id: equal in a replay. */
  readonly id: string;
  readonly role: RoleRef & { readonly roleId?: string };
  readonly grant?: string;
  /** The service account; for a tag that could not be read, its value. */
  readonly target?: string;
  /** The value of the tag that asked for it. */
  readonly tagValue?: string;
  readonly expiresAt?: Timestamp;
  readonly requestedBy?: string;
  /** `requestedBy` comes from the ledger, because no event of that run names the tag. */
  readonly isRecorded?: true;
  readonly answeredBy?: string;
  readonly because?: Because;
  readonly eventId?: string;
  readonly eventName?: string;
  readonly reason?: string;
  /** Mode dry-run: nothing was written. */
  readonly isPlanned?: true;
}

/** A person's answer to the sweep: an approval, `forget`, `revoke --all`, `resume`. */
export interface AnswerEntry {
  readonly kind: 'answer';
  readonly at: Timestamp;
  readonly answer: string;
  readonly answeredBy: string;
}
