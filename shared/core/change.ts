import { type Failure, RetryableError } from './errors.ts';
import type { PolicyEdit } from './iam-policy.ts';
import type { BindingId } from './ledger.ts';
import type { Blocked } from './model.ts';
import { isServiceAccountResource, type ResourceName } from './service-account.ts';
import type { AccessName } from './target.ts';

interface ChangeBase {
  /** Unique among the changes of one role. */
  readonly id: string;
  /** The names of the grants that this change gives, repairs or removes; empty if the ledger does not list them. */
  readonly grants: readonly string[];
}

/** After this many passes over a role have left configs for later, the next one writes all the rest. */
export const maxDeferrals = 10;

interface PolicyChangeBase extends ChangeBase {
  readonly access: AccessName;
  readonly resource: ResourceName;
  readonly edit: PolicyEdit;
}
export type Bind = PolicyChangeBase & {
  readonly kind: 'bind';
  /** It may not be made now. */
  readonly blocked?: Blocked;
};
export type Unbind = PolicyChangeBase & {
  readonly kind: 'unbind';
  /** The bind of the same access without which this would end access that a tag asks for. */
  readonly after?: string;
};
export type PolicyChange = Bind | Unbind;
export type Publish = ChangeBase & {
  readonly kind: 'publish';
  /** The access that it is the config of. */
  readonly access: AccessName;
  readonly region: string;
  readonly name: string;
  readonly value: string;
  readonly description: string;
  /** No parameter has this name yet. */
  readonly isNew: boolean;
  /** The existing parameter has this type instead of `String`. AWS may refuse to overwrite it. */
  readonly otherType?: string;
  /** The bind that must be done first: a config is published for access that exists. */
  readonly after?: string;
  /** Access whose config it may overwrite, by the ledger and the policies. */
  readonly replaces: readonly AccessName[];
  /** It overwrites a config of that access which looks like ours and is none that we publish (isExactConfig). */
  readonly isAltered?: true;
  /** Binds that must all be done first: this overwrites the last config of their access. */
  readonly afterAll?: readonly string[];
};
export type Unpublish = ChangeBase & {
  readonly kind: 'unpublish';
  readonly region: string;
  readonly name: string;
  /** The pool that the config names. */
  readonly pool: string;
  /** Access that it may be the config of, by the ledger and the policies: what the parameter itself names proves nothing. */
  readonly behind: readonly AccessName[];
  /** It is a config of that access which looks like ours and is none that we publish (isExactConfig). */
  readonly isAltered?: true;
  /** The publishes of its grant, if the config exists nowhere else yet: one of them must be done first. */
  readonly afterAny?: readonly string[];
  /** Binds that must all be done first: this is the last config of their access. */
  readonly afterAll?: readonly string[];
};
/** Corrects only the ledger. `list`: it lacks a binding that exists. `unlist`: a binding that it lists is gone. */
export type LedgerChange = ChangeBase & {
  readonly kind: 'list' | 'unlist';
  readonly access: AccessName;
  readonly resource: ResourceName;
  readonly binding: BindingId;
};
/** Writes or removes a status (core/status.ts). It gives and ends no access. */
export type StatusChange =
  | (ChangeBase & {
      readonly kind: 'writeStatus';
      readonly region: string;
      readonly name: string;
      readonly value: string;
      readonly isOtherType?: true;
      /** In a plan: the bind or list after which the status is true. */
      readonly after?: string;
    })
  | (ChangeBase & { readonly kind: 'removeStatus'; readonly region: string; readonly name: string });
/** A change to make: one part of the difference between desired and observed. */
export type Change = PolicyChange | Publish | Unpublish | LedgerChange | StatusChange;

export const isPolicyChange = (change: Change): change is PolicyChange =>
  change.kind === 'bind' || change.kind === 'unbind';

export const isParameterChange = (change: Change): change is Publish | Unpublish =>
  change.kind === 'publish' || change.kind === 'unpublish';

export const isStatusChange = (change: Change): change is StatusChange =>
  change.kind === 'writeStatus' || change.kind === 'removeStatus';

/** Uses a site, a Google role on a resource. Listing an existing binding also counts. */
export const isUseOfSite = (change: Change): change is PolicyChange | LedgerChange =>
  (change.kind === 'bind' || change.kind === 'list') && !isServiceAccountResource(change.resource);

/** Leaves out some changes, and those whose `after` names one. `afterAny` and `afterAll` are decided when parameters are written. */
export const withoutDependents = (
  changes: readonly Change[],
  leftOut: ReadonlySet<string>,
): readonly Change[] =>
  changes.filter(
    (change) =>
      !leftOut.has(change.id) &&
      !('after' in change && change.after !== undefined && leftOut.has(change.after)),
  );

export type PolicyChangeResult =
  | { readonly kind: 'done' }
  /** `isNotMade`: the change was certainly not made. Otherwise it may have been, and only its answer was lost. */
  | { readonly kind: 'failed'; readonly error: Failure; readonly isNotMade: boolean };

/** `heldBack`: not tried, because what it depends on failed. `deferred`: not tried yet, because time for configs was up. */
export type ChangeResult =
  | PolicyChangeResult
  | { readonly kind: 'heldBack'; readonly because: Failure }
  | { readonly kind: 'deferred' };

/** The results of the changes so far. A change without a result is not decided yet. */
export type Results = Map<Change, ChangeResult>;

export const done = { kind: 'done' } as const satisfies ChangeResult;

export const failureOf = (result: ChangeResult | undefined): Failure | undefined => {
  if (result?.kind === 'failed') return result.error;
  return result?.kind === 'heldBack' ? result.because : undefined;
};

/** The results of one role's changes, by their ids: a copy of a change has the same result. */
export type ResultsById = ReadonlyMap<string, ChangeResult>;

/** A change that was to be made and has no result counts as failed: no outcome may call it done. */
export const resultsById = (
  changes: readonly Change[],
  results: ReadonlyMap<Change, ChangeResult>,
): ResultsById => new Map(changes.map((change) => [change.id, results.get(change) ?? undecided(change)]));

const undecided = ({ id }: Change): ChangeResult => ({
  kind: 'failed',
  error: new RetryableError(`Nothing is known of the change "${id}". It will be tried again.`),
  isNotMade: false,
});

/** The binding that a change makes or removes. */
export const bindingOf = ({ edit, resource }: PolicyChange): BindingId => ({
  googleRole: edit.role,
  resource,
  member: edit.member,
  ...(edit.condition === undefined ? {} : { condition: edit.condition }),
});
