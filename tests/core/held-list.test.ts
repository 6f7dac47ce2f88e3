import fc from 'fast-check';
import {
  heldPartitionOf,
  isHeldPartition,
  readHeldLists,
  writeHeldList,
} from '../../shared/core/held-list.ts';
import { accessKey, type Revocation, revocationsHash } from '../../shared/core/revocation-limit.ts';
import type { StoredItem } from '../../shared/core/table-item.ts';
import { accountId, now, reader, roleRef } from '../support/settings.ts';

const revocations = (count: number, pad = ''): readonly Revocation[] =>
  Array.from({ length: count }, (_, index) => ({
    role: roleRef(`app-${index}`),
    access: `projects/acme-data/serviceAccounts/${pad}${reader}`,
  }));
const stored = (list: readonly Revocation[]): readonly StoredItem[] =>
  writeHeldList(accountId, list, now).map((item, index) => ({ ...item, revision: `r${index}` }));
const wide = 'x'.repeat(1000);
/** In three items. */
const big = revocations(1000, wide);
const damaged = (change: (body: Record<string, unknown>) => unknown): readonly StoredItem[] =>
  stored(revocations(3)).map((item) => ({ ...item, body: JSON.stringify(change(JSON.parse(item.body))) }));

it('an account’s lists have a partition of their own', () => {
  expect(heldPartitionOf(accountId)).toBe('held#111122223333');
  expect(isHeldPartition('held#111122223333')).toBe(true);
  expect(isHeldPartition('answer')).toBe(false);
});

describe('a held list', () => {
  it('is read as it was written, under its hash', () => {
    const list = revocations(30);
    const { lists, unreadable, parts } = readHeldLists(stored(list));
    const hash = revocationsHash(list);
    expect(lists.get(hash)).toMatchObject({ accountId, hash, at: now.toISOString() });
    expect(lists.get(hash)?.revocations.map(accessKey).toSorted()).toEqual(list.map(accessKey).toSorted());
    expect(unreadable).toEqual([]);
    expect(parts).toHaveLength(1);
  });

  it('keeps IAM’s spelling of a role', () => {
    const list = [{ ...revocations(1)[0], role: roleRef('Reports') } as Revocation];
    expect([...readHeldLists(stored(list)).lists.values()][0]?.revocations).toEqual(list);
  });

  it('needs as many items as DynamoDB’s limit requires, in any order', () => {
    const items = stored(big);
    expect(items.map(({ sk }) => sk.split('#')[1])).toEqual(['0001', '0002', '0003']);
    for (const { pk, sk, body } of items)
      expect(Buffer.byteLength(`${pk}${sk}${body}`)).toBeLessThan(400_000);
    expect([...readHeldLists(items.toReversed()).lists.values()][0]?.revocations).toHaveLength(1000);
  });

  it('is not complete without each of its items, nor with one more', () => {
    const items = stored(big);
    for (const missing of items) {
      const { lists, unreadable } = readHeldLists(items.filter((item) => item !== missing));
      expect([lists.size, unreadable]).toEqual([0, []]);
    }
    const [item] = items;
    const more = {
      ...item,
      sk: item?.sk.replace('0001', '0004'),
      body: item?.body.replace('"part":1', '"part":4'),
    };
    expect(readHeldLists([...items, more as StoredItem]).lists.size).toBe(0);
  });

  it('is not the list of its hash if one grant was added, left out or exchanged', () => {
    const row = ['aws', 'eve', 'projects/acme-data/serviceAccounts/eve@x'];
    for (const forge of [
      (rows: unknown[]) => [...rows, row],
      (rows: unknown[]) => rows.slice(1),
      (rows: unknown[]) => [row, ...rows.slice(1)],
      () => [],
    ]) {
      const items = damaged((body) => ({ ...body, revocations: forge(body['revocations'] as unknown[]) }));
      expect(readHeldLists(items).lists.size).toBe(0);
    }
  });

  it.each<readonly [string, (body: Record<string, unknown>) => unknown]>([
    ['of another version', (body) => ({ ...body, version: 2 })],
    ['with a field that we do not know', (body) => ({ ...body, more: 1 })],
    ['of another AWS account', (body) => ({ ...body, accountId: '444455556666' })],
    ['of an invalid AWS account', (body) => ({ ...body, accountId: 'x' })],
    ['without an AWS account', (body) => ({ ...body, accountId: 1 })],
    ['under another hash', (body) => ({ ...body, hash: '0123456789abcdef' })],
    ['under an invalid hash', (body) => ({ ...body, hash: 'X' })],
    ['without a hash', (body) => ({ ...body, hash: null })],
    ['without a time', (body) => ({ ...body, at: 'soon' })],
    ['with a number for a time', (body) => ({ ...body, at: 1 })],
    ['with another number', (body) => ({ ...body, part: 2 })],
    ['with number zero', (body) => ({ ...body, part: 0 })],
    ['of half a list', (body) => ({ ...body, parts: 0.5 })],
    ['without revocations', (body) => ({ ...body, revocations: {} })],
    ['with a text for a revocation', (body) => ({ ...body, revocations: ['aws'] })],
    ['with a part of a revocation', (body) => ({ ...body, revocations: [['aws', 'reports']] })],
    ['with an unknown partition', (body) => ({ ...body, revocations: [['x', 'reports', 'r']] })],
    ['with a number for a partition', (body) => ({ ...body, revocations: [[1, 'reports', 'r']] })],
    ['with a name that no role has', (body) => ({ ...body, revocations: [['aws', 'a b', 'r']] })],
    ['with a number for a role', (body) => ({ ...body, revocations: [['aws', 1, 'r']] })],
    ['with no target', (body) => ({ ...body, revocations: [['aws', 'reports', '']] })],
    ['with a number for a target', (body) => ({ ...body, revocations: [['aws', 'reports', 1]] })],
    ['that is not an object', () => []],
  ])('an item %s is unreadable, never empty', (_, change) => {
    const items = damaged(change);
    expect(readHeldLists(items)).toEqual({
      lists: new Map(),
      parts: [],
      unreadable: items.map(({ pk, sk }) => `${pk} ${sk}`),
    });
  });

  it('an item without a revision, at another key, or that is not JSON is unreadable', () => {
    const [item] = stored(revocations(3));
    for (const other of [
      { ...item, revision: '' },
      { ...item, sk: 'now' },
      { ...item, pk: 'held#444455556666' },
      { ...item, body: '' },
    ])
      expect(readHeldLists([other as StoredItem])).toMatchObject({ parts: [], unreadable: { length: 1 } });
  });

  it('for any change to its bytes, an approvable list has the hash that a person saw', () => {
    const items = stored(revocations(4));
    fc.assert(
      fc.property(fc.nat(600), fc.string({ maxLength: 3 }), (at, text) => {
        const forged = items.map((item) => ({
          ...item,
          body: item.body.slice(0, at) + text + item.body.slice(at + text.length),
        }));
        for (const [hash, { revocations: found }] of readHeldLists(forged).lists)
          expect(revocationsHash(found)).toBe(hash);
      }),
    );
  });
});
