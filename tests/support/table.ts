import { type LedgerEntry, readLedgerItem, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import {
  lostSortKey,
  type ScopeKind,
  sweepPartition,
  writeLost,
  writeScopeEntry,
} from '../../shared/core/scope.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { itemKeyText, type StoredItem } from '../../shared/core/table-item.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import type { MemoryWorld } from './memory.ts';
import { now, reports, settings } from './settings.ts';

/** The ledger's table, as serverless.yml defines it. */
export const tableDefinition = (name: string) => ({
  TableName: name,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
});

/** A scope entry in the table, and the time since when the file lacks it. */
export const setUsed = ({ table }: MemoryWorld, kind: ScopeKind, name: string, droppedAt?: string): void => {
  const put = (item: Omit<StoredItem, 'revision'>) =>
    table.set(`${item.pk} ${item.sk}`, { ...item, revision: `set-${table.size}` });
  const since = new Date('2026-01-01T00:00:00Z');
  put({ pk: 'scope', sk: `${kind}#${name}`, body: writeScopeEntry({ kind, name }, since) });
  if (droppedAt !== undefined)
    put({
      pk: 'sweep',
      sk: `dropped#${kind}#${name}`,
      body: JSON.stringify({ version: 1, kind, name, droppedAt }),
    });
};

/** Records, like the sweep, that an account of a project is gone. */
export const setLost = ({ table }: MemoryWorld, project: string, at: Date): void => {
  const key = { pk: sweepPartition, sk: lostSortKey(project) };
  table.set(itemKeyText(key), { ...key, revision: 'noted', body: writeLost(project, at) });
};

/** Names of the scope entries in the table. */
export const usedNames = ({ table }: MemoryWorld): readonly string[] =>
  [...table.values()].flatMap(({ pk, sk }) =>
    pk === 'scope' && sk !== 'initialized' ? [sk.slice(sk.indexOf('#') + 1)] : [],
  );

/** The ledger's entries for a role. */
export const entriesOf = ({ table }: MemoryWorld, ref: RoleRef = reports): readonly LedgerEntry[] => {
  const item = table.get(`role#${roleKey(ref)} bindings`);
  return item === undefined ? [] : (readLedgerItem(item.body)?.entries ?? []);
};

/** Enters bindings into the ledger, announced long ago. */
export const setEntries = (
  { table }: MemoryWorld,
  entries: readonly LedgerEntry[],
  ref: RoleRef = reports,
): void => {
  const [pk, sk] = [`role#${roleKey(ref)}`, 'bindings'];
  const usual = memberOf(settings, reports);
  // An item lists only members of its own role.
  const own = entries.map((entry) =>
    entry.member === usual ? { ...entry, member: memberOf(settings, ref) } : entry,
  );
  const body = writeLedgerItem({ role: ref, entries: own });
  table.set(`${pk} ${sk}`, { pk, sk, revision: `set-${table.size}`, body });
};

export const entryFor = (email: string, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  googleRole: workloadIdentityUser,
  resource: serviceAccountResource(email),
  member: memberOf(settings, reports),
  grants: ['default'],
  since: '2026-11-24T10:00:00.000Z',
  announcedAt: '2026-11-24T10:00:00.000Z',
  ...more,
});

/** A table that was used before, and that a sweep has seen completely. */
export const setKnown = ({ table }: MemoryWorld): void => {
  const put = (pk: string, sk: string, body: object) =>
    table.set(`${pk} ${sk}`, { pk, sk, revision: `set-${table.size}`, body: JSON.stringify(body) });
  put('scope', 'initialized', { version: 1, since: now.toISOString() });
  put('sweep', 'table', { version: 1, verdict: 'fresh', at: now.toISOString() });
};
