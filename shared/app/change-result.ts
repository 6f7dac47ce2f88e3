import type { Change } from '../core/change.ts';
import { type Failure, RetryableError } from '../core/errors.ts';
import type { PolicyChangeResult } from './edit-resource.ts';

/** `heldBack`: not tried, because what it depends on failed. `deferred`: not tried yet, because time for configs was up. */
export type ChangeResult =
  | PolicyChangeResult
  | { readonly kind: 'heldBack'; readonly because: Failure }
  | { readonly kind: 'deferred' };

/** The results of the changes so far. A change without a result is not decided yet. */
export type Results = Map<Change, ChangeResult>;

export const done: ChangeResult = { kind: 'done' };

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
  isAbsent: false,
});
