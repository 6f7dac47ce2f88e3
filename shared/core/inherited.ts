import { chunksOf } from './chunks.ts';
import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import { type ItemKey, type StoredItem, scopePartition } from './table-item.ts';
import { type AccessName, accessOf, type Site } from './target.ts';

/**
 * Members of our pools that a site (a Google role on a resource) had before rolebridge used it: people bound them by hand. They
 * stay until their role has a tag for the site, or until a person answers for them.
 */
export interface InheritedList {
  /** Names this list; the scope's entry of the site names it, too. */
  readonly id: string;
  readonly access: AccessName;
  /** When the site was entered. */
  readonly at: Timestamp;
  /** Members that no person has answered for. */
  readonly open: readonly string[];
  /** Members that a person keeps. */
  readonly kept: readonly string[];
}

/** The members of each site that are not ours; `all` where we do not know better. A site without an entry has none. */
export type Inherited = ReadonlyMap<AccessName, 'all' | ReadonlySet<string>>;

export const isInheritedIn = (inherited: Inherited | undefined, site: Site, member: string): boolean => {
  const members = inherited?.get(accessOf(site));
  return members !== undefined && (members === 'all' || members.has(member));
};

/**
 * The command that lets the sweep remove a role's inherited member, after the name of the program. `role`: as a person names it. None of
 * these names needs quotes in a shell.
 */
export const adoptToRemove = ({ googleRole, resource }: Site, role: string): string =>
  `adopt --resource ${resource} --google-role ${googleRole} --role ${role} --remove`;

const prefix = 'inherited#';

/** The key of one part of a list; the first is 1. */
export const inheritedKey = (id: string, part: number): ItemKey => ({
  pk: scopePartition,
  sk: `${prefix}${id}#${String(part).padStart(4, '0')}`,
});

/** Whether an item is a part of a list. They lie among the scope's entries, which the functions may enter and remove. */
export const isInheritedItem = ({ pk, sk }: ItemKey): boolean =>
  pk === scopePartition && sk.startsWith(prefix);

/** DynamoDB takes 400 KB (409,600 bytes) an item, including keys, attribute names and the rest of the body. */
const maxRowBytes = 380_000;

/** The items of one list: as many as DynamoDB's limit requires. Each states how many there are. */
export const writeInherited = ({
  id,
  access,
  at,
  open,
  kept,
}: InheritedList): readonly (ItemKey & { readonly body: string })[] => {
  const rows = [
    ...open.map((member) => [member, false] as const),
    ...kept.map((member) => [member, true] as const),
  ];
  // A list without members is a list, too.
  const chunks = rows.length === 0 ? [[]] : chunksOf(rows, maxRowBytes);
  return chunks.map((members, index) => ({
    ...inheritedKey(id, index + 1),
    body: JSON.stringify({ version: 1, access, at, part: index + 1, parts: chunks.length, members }),
  }));
};

/** The complete lists, by id, and the names of items that this version cannot read. */
export const readInherited = (
  items: readonly StoredItem[],
): { readonly lists: ReadonlyMap<string, InheritedList>; readonly unreadable: readonly string[] } => {
  const read = items.map((item) => ({ item, part: readPart(item) }));
  const parts = read.flatMap(({ part }) => part ?? []);
  const lists = [...Map.groupBy(parts, ({ id }) => id)].flatMap(([id, group]): readonly InheritedList[] => {
    const [first] = group;
    const isComplete =
      first !== undefined &&
      group.every(({ parts: count, access }) => count === group.length && access === first.access);
    if (!isComplete) return [];
    const rows = group.flatMap(({ members }) => members);
    return [
      {
        id,
        access: first.access,
        at: first.at,
        open: rows.flatMap(([member, isKept]) => (isKept ? [] : [member])),
        kept: rows.flatMap(([member, isKept]) => (isKept ? [member] : [])),
      },
    ];
  });
  return {
    lists: new Map(lists.map((list) => [list.id, list])),
    unreadable: read.flatMap(({ item: { pk, sk }, part }) => (part === undefined ? [`${pk} ${sk}`] : [])),
  };
};

interface Part {
  readonly id: string;
  readonly access: AccessName;
  readonly at: Timestamp;
  readonly parts: number;
  readonly members: readonly (readonly [string, boolean])[];
}

const fields = new Set(['version', 'access', 'at', 'part', 'parts', 'members']);

/** Undefined unless it is exactly an item of this version, at its own key. Such an item is unreadable, never empty. */
const readPart = ({ pk, sk, body }: StoredItem): Part | undefined => {
  const value = parseJson(body);
  const [, id = '', number] = /^inherited#([0-9a-z-]{1,64})#(\d{4})$/.exec(sk) ?? [];
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  if (!Object.keys(value).every((field) => fields.has(field))) return undefined;
  const { access, at, part, parts, members } = value;
  const isPart =
    typeof access === 'string' &&
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    pk === scopePartition &&
    isCount(part) &&
    isCount(parts) &&
    part <= parts &&
    number === String(part).padStart(4, '0') &&
    Array.isArray(members) &&
    members.every(isRow);
  return isPart ? { id, access, at, parts, members } : undefined;
};

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

const isRow = (value: unknown): value is readonly [string, boolean] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'boolean';
