import type { Forecast } from '../app/plan.ts';
import type { ReportRow } from './row.ts';

/** The numbers at the top of a report. */
export interface ReportCounts {
  /** Access that exists now, in what was seen. */
  readonly active: number;
  readonly refused: number;
  /** Revocations that wait for a person's approval. */
  readonly held: number;
  /** Roles that the functions would change now. */
  readonly drifted: number;
  /** Active access that ends within 14 days. */
  readonly endingSoon: number;
  /** Requested access whose policy could not be read. */
  readonly unseen: number;
}

export const reportCounts = (
  rows: readonly ReportRow[],
  { roles, limits }: Pick<Forecast, 'roles' | 'limits'>,
  now: Date,
): ReportCounts => {
  const active = rows.filter(isActive);
  return {
    active: active.length,
    refused: rows.filter(({ state }) => state === 'refused').length,
    held: limits.reduce((sum, { held }) => sum + held, 0),
    drifted: roles.filter(({ changes }) => changes.length > 0).length,
    endingSoon: active.filter((row) => isEndingSoon(row, now)).length,
    unseen: rows.filter(({ state }) => state === 'unseen').length,
  };
};

/** Whether the access exists now. */
export const isActive = ({ state }: Pick<ReportRow, 'state'>): boolean =>
  state === 'bound' || state === 'unasked' || state === 'unclear' || state === 'inherited';

export const soonDays = 14;

export const isEndingSoon = ({ expiresAt }: Pick<ReportRow, 'expiresAt'>, now: Date): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) - now.getTime() <= soonDays * 24 * 60 * 60 * 1000;
