import { chunksOf } from './chunks.ts';
import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import { accessKey, type Revocation, revocationsHash } from './revocation-limit.ts';
import { isRoleName } from './role-arn.ts';
import type { ItemKey, StoredItem } from './table-item.ts';
import type { AccessName } from './target.ts';

/** The held lists in the table. */
export interface StoredHeldLists {
  /** The complete lists, by hash. Only these can be approved. */
  readonly lists: ReadonlyMap<string, HeldList>;
  /** Every well-formed item, whether its list is complete or not. */
  readonly parts: readonly HeldPart[];
  /** Names of items that this version cannot read. */
  readonly unreadable: readonly string[];
}

/** The held revocations of one AWS account, as the ledger's table stores them under their hash (docs/adr/0022). */
export interface HeldList {
  readonly accountId: string;
  readonly hash: string;
  /** When a sweep first held it. */
  readonly at: Timestamp;
  readonly revocations: readonly Revocation[];
}

/** One item of a list. */
export interface HeldPart extends ItemKey {
  readonly accountId: string;
  readonly hash: string;
  readonly at: Timestamp;
  readonly part: number;
  readonly parts: number;
  readonly revision: string;
  readonly revocations: readonly Revocation[];
}

/** A list is complete if all its items exist and their content has the hash that they are stored under. */
export const readHeldLists = (items: readonly StoredItem[]): StoredHeldLists => {
  const read = items.map((item) => ({ item, part: readPart(item) }));
  const parts = read.flatMap(({ part }) => part ?? []);
  const lists = new Map<string, HeldList>();
  for (const [, group] of Map.groupBy(parts, ({ pk, hash }) => `${pk} ${hash}`)) {
    const list = listOf(group);
    if (list !== undefined) lists.set(list.hash, list);
  }
  return {
    lists,
    parts,
    unreadable: read.flatMap(({ item: { pk, sk }, part }) => (part === undefined ? [`${pk} ${sk}`] : [])),
  };
};

const fields = new Set(['version', 'accountId', 'hash', 'at', 'part', 'parts', 'revocations']);

/** Undefined unless it is exactly an item of this version, at its own key. Such an item is unreadable, never empty. */
const readPart = ({ pk, sk, revision, body }: StoredItem): HeldPart | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1 || revision === '') return undefined;
  if (!Object.keys(value).every((field) => fields.has(field))) return undefined;
  const { accountId, hash, at, part, parts, revocations } = value;
  if (typeof accountId !== 'string' || pk !== heldPartitionOf(accountId) || !/^\d{12}$/.test(accountId))
    return undefined;
  if (typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash)) return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  if (!isCount(part) || !isCount(parts) || sk !== `${hash}#${String(part).padStart(4, '0')}`)
    return undefined;
  if (!Array.isArray(revocations) || !revocations.every(isRow)) return undefined;
  return {
    pk,
    sk,
    accountId,
    hash,
    at,
    part,
    parts,
    revision,
    revocations: revocations.map(([partition, roleName, access]) => ({
      role: { partition, accountId, roleName },
      access,
    })),
  };
};

const heldPartition = 'held#';

export const heldPartitionOf = (accountId: string): string => `${heldPartition}${accountId}`;

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

type Row = readonly [partition: string, roleName: string, access: AccessName];

const isRow = (value: unknown): value is Row => {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [partition, roleName, access]: readonly unknown[] = value;
  return (
    typeof partition === 'string' &&
    /^aws[a-z-]*$/.test(partition) &&
    typeof roleName === 'string' &&
    isRoleName(roleName) &&
    typeof access === 'string' &&
    access !== ''
  );
};

const listOf = (group: readonly HeldPart[]): HeldList | undefined => {
  const revocations = group.toSorted((a, b) => a.part - b.part).flatMap((part) => part.revocations);
  const [first] = group;
  if (first === undefined || group.some(({ parts }) => parts !== group.length)) return undefined;
  const { accountId, hash, at } = first;
  return revocationsHash(revocations) === hash ? { accountId, hash, at, revocations } : undefined;
};

export const isHeldPartition = (pk: string): boolean => pk.startsWith(heldPartition);

/** The items of one list: as many as DynamoDB's limit requires. Each item states how many there are. */
export const writeHeldList = (
  accountId: string,
  revocations: readonly Revocation[],
  now: Date,
): readonly (ItemKey & { readonly body: string })[] => {
  const hash = revocationsHash(revocations);
  const sorted = revocations.toSorted((a, b) => (accessKey(a) < accessKey(b) ? -1 : 1));
  const chunks = chunksOf(
    sorted.map(({ role, access }) => [role.partition, role.roleName, access]),
    maxRowBytes,
  );
  return chunks.map((chunk, index) => ({
    pk: heldPartitionOf(accountId),
    sk: `${hash}#${String(index + 1).padStart(4, '0')}`,
    body: JSON.stringify({
      version: 1,
      accountId,
      hash,
      at: now.toISOString(),
      part: index + 1,
      parts: chunks.length,
      revocations: chunk,
    }),
  }));
};

/** DynamoDB takes 400 KB (409,600 bytes) an item, including keys, attribute names and the rest of the body. */
const maxRowBytes = 389_000;
