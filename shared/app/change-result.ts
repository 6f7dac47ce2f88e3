import type { Change } from '../core/change.ts';
import type { Failure } from '../core/errors.ts';
import type { PolicyChangeResult } from './edit-resource.ts';

/** `heldBack`: not tried, because what it depends on failed. `deferred`: not tried yet, because time for configs was up. */
export type ChangeResult =
  | PolicyChangeResult
  | { readonly kind: 'heldBack'; readonly because: Failure }
  | { readonly kind: 'deferred' };

/** What came of the changes so far; one without a result was not decided yet. */
export type Results = Map<Change, ChangeResult>;

export const done: ChangeResult = { kind: 'done' };

export const failureOf = (result: ChangeResult | undefined): Failure | undefined => {
  if (result?.kind === 'failed') return result.error;
  return result?.kind === 'heldBack' ? result.because : undefined;
};
