import { fittingText, isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';

/** The short form of a grant's latest outcome, beside its config. It is output for people: nothing reads it as evidence. */
export interface GrantStatus {
  readonly state: 'granted' | 'refused' | 'failed';
  /** For `granted`: when the ledger announced the binding. */
  readonly since?: Timestamp;
  /** For the others: why, and what to do. */
  readonly reason?: string;
}

/** Standard parameters hold 4 KB, and a state is for a glance. The outcome has the whole reason. */
const maxReasonBytes = 1_500;

/** The parameter's value: these keys in this order. A released version never changes its shape. */
export const statusText = ({ state, since, reason }: GrantStatus): string =>
  JSON.stringify({
    version: 1,
    state,
    ...(since === undefined ? {} : { since }),
    ...(reason === undefined ? {} : { reason: fittingText(reason, maxReasonBytes) }),
  });

/** No grant's name has a dot, so no config has such a name. */
const suffix = '.status';

export const statusName = (configName: string): string => `${configName}${suffix}`;

/** Whether a parameter looks like a status of ours, of this version or a later one. */
export const isStatus = ({ name, value }: { readonly name: string; readonly value: string }): boolean => {
  if (!name.endsWith(suffix)) return false;
  const status = parseJson(value);
  return (
    isRecord(status) &&
    Number.isInteger(status['version']) &&
    typeof status['state'] === 'string' &&
    Object.keys(status).every((key) => keys.has(key))
  );
};

const keys: ReadonlySet<string> = new Set(['version', 'state', 'since', 'reason']);
