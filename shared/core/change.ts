import type { PolicyEdit } from './iam-policy.ts';
import type { ResourceName } from './service-account.ts';

interface ChangeBase {
  /** Unique among the changes of one role. */
  readonly id: string;
  /** Ids of changes that must be confirmed before this one may be made. */
  readonly after: readonly string[];
  /** The names of the grants that this change gives, repairs or takes away; none where nothing recorded it. */
  readonly grants: readonly string[];
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
  /** No parameter named this account at this place before: whatever is bound to it was bound after this. */
  readonly isNewRecord: boolean;
};
export type Unpublish = ChangeBase & {
  readonly kind: 'unpublish';
  readonly region: string;
  readonly name: string;
};
/** A change to make in one of the clouds; the pure difference desired − observed. */
export type Change = PolicyChange | Publish | Unpublish;

/** Takes away the waiting for changes that are not part of the plan: what they would do is so already. */
export const onlyKnownDependencies = (changes: readonly Change[]): readonly Change[] => {
  const ids = new Set(changes.map(({ id }) => id));
  return changes.map((change) => ({ ...change, after: change.after.filter((id) => ids.has(id)) }));
};

/** Leaves out some changes, and whatever waits for them. */
export const withoutDependents = (
  changes: readonly Change[],
  leftOut: ReadonlySet<string>,
): readonly Change[] => {
  const kept = changes.filter(({ id, after }) => !leftOut.has(id) && !after.some((one) => leftOut.has(one)));
  if (kept.length === changes.length) return changes;
  const gone = changes.filter((change) => !kept.includes(change)).map(({ id }) => id);
  return withoutDependents(kept, new Set(gone));
};
