import { heldPartitionOf } from './held-list.ts';
import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import type { ItemKey, StoredItem } from './table-item.ts';

/** The revocations that the last sweep held in one AWS account: doctor shows them without reading everything again. */
export interface HeldNow {
  readonly accountId: string;
  readonly count: number;
  readonly limit: number;
  /** Left out while the list is not stored completely. */
  readonly hash?: string;
  readonly at: Timestamp;
}

export const heldNowSortKey = 'now';
export const heldNowKey = (accountId: string): ItemKey => ({
  pk: heldPartitionOf(accountId),
  sk: heldNowSortKey,
});

export const writeHeldNow = ({ accountId, count, limit, hash, at }: HeldNow): string =>
  JSON.stringify({ version: 1, accountId, count, limit, ...(hash === undefined ? {} : { hash }), at });

/** Undefined if this version cannot read the item. */
export const readHeldNow = ({ pk, body }: Pick<StoredItem, 'pk' | 'body'>): HeldNow | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { accountId, count, limit, hash, at } = value;
  if (typeof accountId !== 'string' || pk !== heldPartitionOf(accountId)) return undefined;
  if (typeof count !== 'number' || typeof limit !== 'number') return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  if (hash === undefined) return { accountId, count, limit, at };
  return typeof hash === 'string' && /^[0-9a-f]{16}$/.test(hash)
    ? { accountId, count, limit, hash, at }
    : undefined;
};
