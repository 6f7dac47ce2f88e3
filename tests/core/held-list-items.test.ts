import { readHeldLists, writeHeldList } from '../../shared/core/held-list.ts';
import { heldNowKey, readHeldNow } from '../../shared/core/held-now.ts';
import { type Revocation, revocationsHash } from '../../shared/core/revocation-limit.ts';
import type { StoredItem } from '../../shared/core/table-item.ts';
import { accountId, now, reader, roleRef } from '../support/settings.ts';

const revocations = (count: number, account = reader): readonly Revocation[] =>
  Array.from({ length: count }, (_, index) => ({
    role: roleRef(`app-${index}`),
    access: `projects/acme-data/serviceAccounts/${account}`,
  }));
const itemsOf = (list: readonly Revocation[]): readonly StoredItem[] =>
  writeHeldList(accountId, list, now).map((item, index) => ({ ...item, revision: `r${index}` }));
const [one] = itemsOf(revocations(1));
const changed = (fields: Readonly<Record<string, unknown>>, at: Partial<StoredItem> = {}): StoredItem => {
  if (one === undefined) throw new Error('A list of one revocation has one item.');
  return { ...one, ...at, body: JSON.stringify({ ...JSON.parse(one.body), ...fields }) };
};
const row = ['aws', 'reports', 'projects/acme-data/serviceAccounts/x'] as const;

describe('the items of a held list', () => {
  it('are the same for the same revocations in any order, so two sweeps write the same items', () => {
    const list = revocations(3000, `${'x'.repeat(200)}${reader}`);
    expect(itemsOf(list.toReversed())).toEqual(itemsOf(list));
  });

  it.each([
    ['small', revocations(9000)],
    ['large', revocations(900, `${'x'.repeat(900)}${reader}`)],
  ])('stay below 390,000 bytes each: %s rows', (_, list) => {
    const items = itemsOf(list);
    expect(items.length).toBeGreaterThan(1);
    for (const { body } of items) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(390_000);
    expect([...readHeldLists(items).lists.values()][0]?.revocations).toHaveLength(list.length);
  });

  it('are read in the order of their numbers', () => {
    const list = revocations(900, `${'x'.repeat(900)}${reader}`);
    const inOrder = [...readHeldLists(itemsOf(list)).lists.values()][0]?.revocations;
    expect([...readHeldLists(itemsOf(list).toReversed()).lists.values()][0]?.revocations).toEqual(inOrder);
  });

  it.each<readonly [string, StoredItem]>([
    ['a number for its AWS account', changed({ accountId: Number(accountId) })],
    [
      'an AWS account of thirteen digits',
      changed({ accountId: `${accountId}0` }, { pk: `held#${accountId}0` }),
    ],
    ['letters before its AWS account', changed({ accountId: `x${accountId}` }, { pk: `held#x${accountId}` })],
    ['a number for its hash', changed({ hash: 1_234_567_890_123_456 }, { sk: '1234567890123456#0001' })],
    ['a hash that is too long', changed({ hash: '0123456789abcdef0' }, { sk: '0123456789abcdef0#0001' })],
    ['letters before its hash', changed({ hash: 'x0123456789abcdef' }, { sk: 'x0123456789abcdef#0001' })],
    [
      'number zero, at the key of number zero',
      changed({ part: 0 }, { sk: one?.sk.replace('0001', '0000') ?? '' }),
    ],
    ['no parts', changed({ parts: 0 })],
    ['one good and one bad revocation', changed({ revocations: [row, ['aws']] })],
    ['a revocation of four fields', changed({ revocations: [[...row, 'more']] })],
    [
      'an object instead of a revocation',
      changed({ revocations: [{ 0: row[0], 1: row[1], 2: row[2], length: 3 }] }),
    ],
    ['a list instead of a partition', changed({ revocations: [[['aws'], row[1], row[2]]] })],
    ['letters before the partition', changed({ revocations: [['xaws', row[1], row[2]]] })],
    ['a digit after the partition', changed({ revocations: [['aws1', row[1], row[2]]] })],
  ])('with %s are unreadable', (_, item) => {
    expect(readHeldLists([item])).toMatchObject({ parts: [], unreadable: [`${item.pk} ${item.sk}`] });
  });

  it('of any partition of AWS are read', () => {
    const list = [{ role: { ...roleRef('reports'), partition: 'aws-us-gov' }, access: 'r' }];
    expect([...readHeldLists(itemsOf(list)).lists.keys()]).toEqual([revocationsHash(list)]);
  });
});

it.each([
  ['a hash that is too long', { hash: '0123456789abcdef0' }],
  ['letters before its hash', { hash: 'x0123456789abcdef' }],
  ['a number for its hash', { hash: 1_234_567_890_123_456 }],
  ['a number for its time', { at: 5 }],
])('the list that a sweep now holds is unreadable with %s', (_, fields) => {
  const body = { version: 1, accountId, count: 9, limit: 3, at: now.toISOString(), ...fields };
  expect(readHeldNow({ ...heldNowKey(accountId), body: JSON.stringify(body) })).toBeUndefined();
});
