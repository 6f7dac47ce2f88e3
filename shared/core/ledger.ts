import type { Condition } from './iam-policy.ts';
import { isRecord, parseJson } from './json.ts';
import { roleInMember } from './member.ts';
import type { RoleRef, Timestamp } from './model.ts';
import { isRoleName } from './role-arn.ts';
import { type RoleKey, roleKey } from './role-key.ts';
import type { ResourceName } from './service-account.ts';
import type { ItemKey, StoredItem } from './table-item.ts';

/** One role's bindings, in any casing of its name (adr/0019). */
export interface LedgerItem {
  readonly role: RoleRef;
  readonly entries: readonly LedgerEntry[];
}

/** One binding that may exist. */
export interface LedgerEntry extends BindingId {
  /** Names of the grants that asked for it. */
  readonly grants: readonly string[];
  /** When it was first announced; if it was found gone and made again, when that was announced. */
  readonly since: Timestamp;
  /** When a function last announced that it would bind. */
  readonly announcedAt: Timestamp;
  /** The requesters of these grants, if events named their keys; at most one for each grant. */
  readonly requesters?: readonly Requester[];
}

/** The four parts that identify a binding. */
export interface BindingId {
  readonly googleRole: string;
  readonly resource: ResourceName;
  readonly member: string;
  readonly condition?: Condition;
}

/** The requester of a grant: the caller of the event that set its tag. */
export interface Requester {
  readonly grant: string;
  readonly requestedBy?: string;
  readonly eventId?: string;
  readonly eventName?: string;
  readonly eventTime?: Timestamp;
}

/** When a recorded caller asked, in milliseconds; at the latest when the binding was announced. */
export const askedAt = ({ eventTime }: Requester, { announcedAt }: LedgerEntry): number =>
  Date.parse(eventTime ?? announcedAt);

/** The item's body; entries in a fixed order. */
export const writeLedgerItem = ({ role, entries }: LedgerItem): string =>
  JSON.stringify({
    version: 1,
    role,
    entries: entries.toSorted((a, b) => (bindingKey(a) < bindingKey(b) ? -1 : 1)),
  });

/** Identifies a binding, regardless of the order of its condition's fields. */
export const bindingKey = ({ googleRole, resource, member, condition }: BindingId): string =>
  JSON.stringify([googleRole, resource, member, conditionKey(condition)]);

/** The fields of a condition in a fixed order. */
export const conditionKey = (
  condition: Condition | undefined,
): readonly (readonly [string, string])[] | null =>
  condition === undefined ? null : Object.entries(condition).toSorted(([a], [b]) => (a < b ? -1 : 1));

export const byBindingKey = (entries: readonly LedgerEntry[]): ReadonlyMap<string, LedgerEntry> =>
  new Map(entries.map((entry) => [bindingKey(entry), entry]));

/** If an item has this many entries, new access is refused. */
export const maxEntries = 200;

export const bindingsSortKey = 'bindings';

export const rolePartition = 'role#';

/** DynamoDB takes 400 KB (409,600 bytes) an item, including keys and attribute names. */
const maxItemBytes = 390_000;

/** Whether an item with these entries can be stored. */
export const fitsInItem = (item: LedgerItem, most = maxEntries): boolean =>
  item.entries.length <= most && Buffer.byteLength(writeLedgerItem(item)) <= maxItemBytes;

/** Whether two bindings of one role give the same access: they differ only in end, pool or spelling. */
export const isSameAccess = (a: BindingId, b: BindingId): boolean =>
  a.googleRole === b.googleRole && a.resource === b.resource;

/** One role's bindings, with the revision that a write must name. */
export interface RoleLedger {
  readonly role: RoleRef;
  readonly entries: readonly LedgerEntry[];
  /** Undefined if the table has no item for the role. */
  readonly revision?: string;
}

/** An item's body, if it belongs to the role that its key names, and lists no members but this role's. */
export const readRoleLedger = ({ pk, revision, body }: StoredItem): RoleLedger | undefined => {
  const item = readLedgerItem(body);
  if (item === undefined || revision === '') return undefined;
  const key = roleKey(item.role);
  return pk === `${rolePartition}${key}` && item.entries.every(({ member }) => isMemberOf(key, member))
    ? { ...item, revision }
    : undefined;
};

/** The casing may differ, as it may between a binding and the role's name. */
const isMemberOf = (key: RoleKey, member: string): boolean => {
  const role = roleInMember(member);
  return role !== undefined && roleKey(role) === key;
};

export const roleItemKey = (key: RoleKey): ItemKey => ({ pk: `${rolePartition}${key}`, sk: bindingsSortKey });

/** Reads a body. Undefined unless it is exactly an item of this version. Such an item is unreadable, never empty. */
export const readLedgerItem = (body: string): LedgerItem | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1 || !hasOnly(value, ['version', 'role', 'entries']))
    return undefined;
  const { role, entries } = value;
  if (!isRoleRef(role) || !Array.isArray(entries) || !entries.every(isEntry)) return undefined;
  return { role, entries };
};

const hasOnly = (value: Readonly<Record<string, unknown>>, fields: readonly string[]): boolean =>
  Object.keys(value).every((field) => fields.includes(field));

const isRoleRef = (value: unknown): value is RoleRef =>
  isRecord(value) &&
  hasOnly(value, ['partition', 'accountId', 'roleName']) &&
  isText(value['partition']) &&
  /^aws[a-z-]*$/.test(value['partition']) &&
  isText(value['accountId']) &&
  /^\d{12}$/.test(value['accountId']) &&
  isText(value['roleName']) &&
  isRoleName(value['roleName']);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const entryFields = [
  'googleRole',
  'resource',
  'member',
  'condition',
  'grants',
  'since',
  'announcedAt',
  'requesters',
];

const isEntry = (value: unknown): value is LedgerEntry =>
  isRecord(value) &&
  hasOnly(value, entryFields) &&
  isText(value['googleRole']) &&
  isText(value['resource']) &&
  isText(value['member']) &&
  isCondition(value['condition']) &&
  Array.isArray(value['grants']) &&
  value['grants'].every(isText) &&
  isTimestamp(value['since']) &&
  isTimestamp(value['announcedAt']) &&
  (value['requesters'] === undefined ||
    (Array.isArray(value['requesters']) && value['requesters'].every(isRequester)));

const isCondition = (value: unknown): boolean =>
  value === undefined || (isRecord(value) && Object.values(value).every((one) => typeof one === 'string'));

const isTimestamp = (value: unknown): boolean => isText(value) && !Number.isNaN(Date.parse(value));

const isRequester = (value: unknown): boolean =>
  isRecord(value) &&
  hasOnly(value, ['grant', 'requestedBy', 'eventId', 'eventName', 'eventTime']) &&
  isText(value['grant']) &&
  [value['requestedBy'], value['eventId'], value['eventName']].every(isTextOrNone) &&
  (value['eventTime'] === undefined || isTimestamp(value['eventTime']));

const isTextOrNone = (value: unknown): boolean => value === undefined || isText(value);
