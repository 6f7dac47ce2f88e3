import fc from 'fast-check';
import {
  type InheritedList,
  inheritedKey,
  isInheritedIn,
  isInheritedItem,
  readInherited,
  writeInherited,
} from '../../shared/core/inherited.ts';
import { memberOf } from '../../shared/core/member.ts';
import { accessOf } from '../../shared/core/target.ts';
import { roleRef, settings } from '../support/settings.ts';

const site = { googleRole: 'roles/storage.objectViewer', resource: 'buckets/acme-in' };
const access = accessOf(site);
const member = (name: string) => memberOf(settings, roleRef(name));
const list = (more: Partial<InheritedList> = {}): InheritedList => ({
  id: 'list-1',
  access,
  at: '2026-11-24T12:00:00.000Z',
  open: [member('app-a'), member('app-b')],
  kept: [member('app-c')],
  ...more,
});
const stored = (lists: readonly InheritedList[]) =>
  lists.flatMap(writeInherited).map((item) => ({ ...item, revision: 'r' }));

describe('members that a site had before', () => {
  it('come back as they were written, each list by its id', () => {
    const other = list({ id: 'list-2', access: 'roles/storage.objectUser on buckets/acme-out', open: [] });
    expect(readInherited(stored([list(), other]))).toEqual({
      lists: new Map([
        ['list-1', list()],
        ['list-2', other],
      ]),
      unreadable: [],
    });
  });

  it('come back unchanged, in several items if one is too small', () => {
    const members = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(members, members, (open, kept) => {
        expect(readInherited(stored([list({ open, kept })])).lists.get('list-1')).toEqual(
          list({ open, kept }),
        );
      }),
    );
    const open = Array.from({ length: 5000 }, (_, index) => member(`app-${index}-${'é'.repeat(40)}`));
    const items = stored([list({ open })]);
    expect(items.map(({ pk, sk }) => [pk, sk])).toEqual([
      ['scope', 'inherited#list-1#0001'],
      ['scope', 'inherited#list-1#0002'],
      ['scope', 'inherited#list-1#0003'],
      ['scope', 'inherited#list-1#0004'],
    ]);
    // DynamoDB allows 409,600 bytes per item, with its key, revision and the names of the attributes.
    for (const { body } of items) expect(Buffer.byteLength(body)).toBeLessThan(400_000);
    expect(readInherited(items.toReversed()).lists.get('list-1')?.open.toSorted()).toEqual(open.toSorted());
  });

  it('invariant 9: a list that lacks an item is not a shorter list', () => {
    const open = Array.from({ length: 5000 }, (_, index) => member(`app-${index}-${'x'.repeat(40)}`));
    const items = stored([list({ open })]);
    expect(items.length).toBeGreaterThan(1);
    for (const missing of items)
      expect(readInherited(items.filter((one) => one !== missing)).lists).toEqual(new Map());
  });

  it.each<[string, (body: Readonly<Record<string, unknown>>) => unknown]>([
    ['another version', (body) => ({ ...body, version: 2 })],
    ['an unknown field', (body) => ({ ...body, cut: true })],
    ['an access that is not a text', (body) => ({ ...body, access: 7 })],
    ['a time that is not a text', (body) => ({ ...body, at: 7 })],
    ['an invalid time', (body) => ({ ...body, at: 'soon' })],
    ['a part of another place', (body) => ({ ...body, part: 2 })],
    ['a part that is not a number', (body) => ({ ...body, part: '1' })],
    ['a part beyond the parts', (body) => ({ ...body, parts: 0 })],
    ['parts that are not a number', (body) => ({ ...body, parts: '1' })],
    ['members that are not a list', (body) => ({ ...body, members: {} })],
    ['a member that is not a pair', (body) => ({ ...body, members: [[member('a')]] })],
    ['a member with more than its state', (body) => ({ ...body, members: [[member('a'), false, 1]] })],
    ['a member that is not a text', (body) => ({ ...body, members: [[7, false]] })],
    ['a member that is neither open nor kept', (body) => ({ ...body, members: [[member('a'), 'yes']] })],
    ['a pair that is not a list', (body) => ({ ...body, members: [{ length: 2 }] })],
    ['a list', (body) => [body]],
  ])('an item with %s is unreadable, never empty', (_, broken) => {
    const [item] = stored([list()]);
    const body = JSON.stringify(broken(JSON.parse(item?.body ?? '{}')));
    expect(readInherited([{ pk: 'scope', sk: 'inherited#list-1#0001', revision: 'r', body }])).toEqual({
      lists: new Map(),
      unreadable: ['scope inherited#list-1#0001'],
    });
  });

  it('an item that is not JSON, or is at another key, is unreadable', () => {
    const [item] = stored([list()]);
    const at = (key: object) =>
      readInherited([
        { pk: 'scope', sk: 'inherited#list-1#0001', revision: 'r', body: item?.body ?? '', ...key },
      ]);
    expect(at({ body: '{' }).unreadable).toEqual(['scope inherited#list-1#0001']);
    expect(at({ sk: 'inherited#list-1#1' }).unreadable).toEqual(['scope inherited#list-1#1']);
    expect(at({ pk: 'sweep' }).unreadable).toEqual(['sweep inherited#list-1#0001']);
    expect(at({}).lists.size).toBe(1);
  });

  it('items that belong to two lists are not a list', () => {
    const open = Array.from({ length: 5000 }, (_, index) => member(`app-${index}-${'x'.repeat(40)}`));
    const [, ...rest] = stored([list({ open })]);
    const [first] = stored([list({ open, access: 'roles/storage.objectUser on buckets/acme-in' })]);
    expect(readInherited([...(first === undefined ? [] : [first]), ...rest]).lists).toEqual(new Map());
    // The last part removed twice: there are as many items as the list has parts, and one of them is from another
    // place.
    const [one, two] = stored([list({ open })]);
    const beyond = {
      pk: 'scope',
      sk: 'inherited#list-1#0009',
      revision: 'r',
      body: (two?.body ?? '').replace('"part":2', '"part":9'),
    };
    expect(readInherited([...(one === undefined ? [] : [one]), beyond]).lists).toEqual(new Map());
  });

  it('lie among the entries of the scope', () => {
    const keys = [
      inheritedKey('list-1', 1),
      { pk: 'scope', sk: 'pool#x' },
      { pk: 'role#x', sk: 'inherited#x#0001' },
    ];
    expect(keys.map(isInheritedItem)).toEqual([true, false, false]);
    expect(inheritedKey('list-1', 12)).toEqual({ pk: 'scope', sk: 'inherited#list-1#0012' });
  });
});

describe('whether a member was there before', () => {
  it('depends on the list of its site: all of them if we do not know better, none at a site without an entry', () => {
    const known = new Map([[access, new Set([member('app-a')])]]);
    expect(isInheritedIn(known, site, member('app-a'))).toBe(true);
    expect(isInheritedIn(known, site, member('app-b'))).toBe(false);
    expect(isInheritedIn(new Map([[access, 'all']]), site, member('app-b'))).toBe(true);
    expect(isInheritedIn(known, { ...site, resource: 'buckets/acme-out' }, member('app-a'))).toBe(false);
    expect(isInheritedIn(undefined, site, member('app-a'))).toBe(false);
  });
});
