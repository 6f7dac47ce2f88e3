import { isRecord, parseJson } from './json.ts';
import { sweepPartition } from './scope.ts';
import type { ItemKey } from './table-item.ts';

/**
 * Lists the other AWS accounts whose roles a sweep has listed at least once. One that is not among them is joining: its roles
 * and rule may not be there yet.
 */
export const reachedKey: ItemKey = { pk: sweepPartition, sk: 'reached' };

/** 10,000 accounts are 150 KB of the 400 KB that DynamoDB takes for an item. */
export const writeReached = (accountIds: readonly string[]): string =>
  JSON.stringify({ version: 1, accounts: accountIds.toSorted() });

/** Undefined if this version cannot read the item. */
export const readReached = (body: string): readonly string[] | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['accounts'])) return undefined;
  return value['accounts'].every(isAccountId) ? value['accounts'] : undefined;
};

const isAccountId = (value: unknown): value is string => typeof value === 'string' && /^\d{12}$/.test(value);
