import { PermanentError } from './errors.ts';
import { isRecord } from './json.ts';

/** What the sweep is asked for, beyond a look at everything. */
export interface SweepRequest {
  /** The hash of the held revocations that may pass. */
  readonly approve?: string;
  /** A person answers for what an emptied table may have forgotten. */
  readonly accept?: 'table';
}

/**
 * Reads what the function was invoked with: a scheduled event, nothing, `{"approve": "<hash>"}`, or `{"accept": "table"}`.
 * @throws PermanentError for anything else: a mistyped approval must not pass for a plain sweep.
 */
export const parseSweepRequest = (event: unknown): SweepRequest => {
  if (event === undefined || event === null || event === '') return {};
  if (isRecord(event)) {
    const fields = Object.keys(event);
    if (fields.length === 0 || event['source'] === 'aws.events') return {};
    const { approve } = event;
    if (fields.length === 1 && typeof approve === 'string' && /^[0-9a-f]{16}$/.test(approve))
      return { approve };
    if (fields.length === 1 && event['accept'] === 'table') return { accept: 'table' };
  }
  throw new PermanentError(
    'The sweep takes nothing, {"accept": "table"}, or {"approve": "<hash>"} with the 16 hex digits of a ' +
      `"Google Access Revocations Held" event, not ${JSON.stringify(event)}.`,
  );
};
