import type { PolicyEdit } from './iam-policy.ts';
import type { BindingId } from './ledger.ts';
import type { ResourceName } from './service-account.ts';

interface ChangeBase {
  /** Unique among the changes of one role. */
  readonly id: string;
  /** The names of the grants that this change gives, repairs or removes; none where the ledger does not know. */
  readonly grants: readonly string[];
  /** The service account; empty where none is known. */
  readonly email: string;
}
export type PolicyChange = ChangeBase & {
  readonly kind: 'bind' | 'unbind';
  readonly resource: ResourceName;
  readonly edit: PolicyEdit;
};
export type Publish = ChangeBase & {
  readonly kind: 'publish';
  readonly region: string;
  readonly name: string;
  readonly value: string;
  readonly description: string;
  /** Nothing is at its name yet. */
  readonly isNew: boolean;
  /** The bind that must be done first: a config is published for access that exists. */
  readonly after?: string;
  /** Whose config it overwrites, where the role has access to that account. */
  readonly replaces?: string;
};
export type Unpublish = ChangeBase & {
  readonly kind: 'unpublish';
  readonly region: string;
  readonly name: string;
};
/** Corrects the ledger alone. `list`: a binding is there, and missing from it. `unlist`: the binding is gone. */
export type LedgerChange = ChangeBase & {
  readonly kind: 'list' | 'unlist';
  readonly resource: ResourceName;
  readonly binding: BindingId;
};
/** A change to make; the pure difference desired − observed. */
export type Change = PolicyChange | Publish | Unpublish | LedgerChange;

export const isPolicyChange = (change: Change): change is PolicyChange =>
  change.kind === 'bind' || change.kind === 'unbind';

export const isLedgerChange = (change: Change): change is LedgerChange =>
  change.kind === 'list' || change.kind === 'unlist';

/** Leaves out some changes, and the publishing that waits for them. */
export const withoutDependents = (
  changes: readonly Change[],
  leftOut: ReadonlySet<string>,
): readonly Change[] =>
  changes.filter(
    (change) =>
      !leftOut.has(change.id) &&
      !(change.kind === 'publish' && change.after !== undefined && leftOut.has(change.after)),
  );
