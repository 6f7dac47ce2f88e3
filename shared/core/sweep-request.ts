import { PermanentError } from './errors.ts';

/** What the sweep is asked for, beyond a look at everything. */
export interface SweepRequest {
  /** The hash of the held revocations that may pass. */
  readonly approve?: string;
}

/**
 * Reads what the function was invoked with: a scheduled event, nothing, or `{"approve": "<hash>"}`.
 * @throws PermanentError where `approve` is no hash: it must not pass for a plain sweep.
 */
export const parseSweepRequest = (event: unknown): SweepRequest => {
  if (typeof event !== 'object' || event === null || !Object.hasOwn(event, 'approve')) return {};
  const approve: unknown = Reflect.get(event, 'approve');
  if (typeof approve === 'string' && /^[0-9a-f]{16}$/.test(approve)) return { approve };
  throw new PermanentError(
    `"approve" takes the hash of a "Google Access Revocations Held" event, 16 hex digits, not ${JSON.stringify(approve)}.`,
  );
};
