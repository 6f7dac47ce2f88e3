import { mayStillBind } from '../../shared/core/bindings.ts';
import {
  bindingKey,
  fitsInItem,
  type LedgerEntry,
  maxEntries,
  readLedgerItem,
  readRoleLedger,
  roleItemKey,
  writeLedgerItem,
} from '../../shared/core/ledger.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { reports } from '../support/settings.ts';

const at = '2026-11-24T12:00:00.000Z';
const entry: LedgerEntry = {
  googleRole: 'roles/iam.workloadIdentityUser',
  resource: 'projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com',
  member: 'principalSet://iam.googleapis.com/x',
  condition: { title: 'rolebridge-until', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
  grants: ['default'],
  since: at,
  announcedAt: at,
  requesters: [
    {
      grant: 'default',
      requestedBy: 'arn:aws:iam::111122223333:user/alice',
      eventId: 'e-1',
      eventName: 'TagRole',
    },
  ],
};
const item = { role: reports, entries: [entry] };

describe('invariant 2: a ledger item', () => {
  it('is read as it was written', () => {
    expect(readLedgerItem(writeLedgerItem(item))).toEqual(item);
    expect(readLedgerItem(writeLedgerItem({ role: reports, entries: [] }))).toEqual({
      role: reports,
      entries: [],
    });
  });

  it('is written in the same bytes for any order of its entries', () => {
    const other = { ...entry, member: 'a' };
    expect(writeLedgerItem({ role: reports, entries: [entry, other] })).toBe(
      writeLedgerItem({ role: reports, entries: [other, entry] }),
    );
  });

  const body = JSON.parse(writeLedgerItem(item)) as Record<string, unknown>;
  const withEntry = (changes: Record<string, unknown>) => ({ ...body, entries: [{ ...entry, ...changes }] });
  const malformed: readonly (readonly [string, string])[] = [
    ['an empty body', ''],
    ['text that is not JSON', 'x'],
    ['a list', '[]'],
    ['a later version', JSON.stringify({ ...body, version: 2 })],
    ['no version', JSON.stringify({ role: reports, entries: [] })],
    ['an unknown field', JSON.stringify({ ...body, more: 1 })],
    ['no entries', JSON.stringify({ version: 1, role: reports })],
    ['entries that are not a list', JSON.stringify({ ...body, entries: {} })],
    ['no role', JSON.stringify({ version: 1, entries: [] })],
    ['a role without an account', JSON.stringify({ ...body, role: { ...reports, accountId: 'x' } })],
    ['a role with a strange name', JSON.stringify({ ...body, role: { ...reports, roleName: 'a/b' } })],
    ...['x', 'xaws', 'aws1', 'aws-US'].map((partition): [string, string] => [
      `a role of the partition ${partition}`,
      JSON.stringify({ ...body, role: { ...reports, partition } }),
    ]),
    [
      'a role of an account of 13 digits',
      JSON.stringify({ ...body, role: { ...reports, accountId: '1'.repeat(13) } }),
    ],
    ['a role with more', JSON.stringify({ ...body, role: { ...reports, path: '/' } })],
    ['a cut body', writeLedgerItem(item).slice(0, -2)],
    ['an entry that is not an object', JSON.stringify({ ...body, entries: ['x'] })],
    ...Object.entries({
      googleRole: '',
      resource: 7,
      member: undefined,
      condition: { title: 1 },
      grants: [1],
      since: 'yesterday',
      announcedAt: '',
      requesters: 'alice',
      more: 'x',
    }).map(
      ([field, value]) =>
        [`an entry with ${field} ${String(value)}`, JSON.stringify(withEntry({ [field]: value }))] as const,
    ),
    ['an entry whose condition is a text', JSON.stringify(withEntry({ condition: 'x' }))],
    ...[
      7,
      { requestedBy: 'alice' },
      { grant: 'default', requestedBy: 1 },
      { grant: 'default', eventId: {} },
      { grant: 'default', eventName: '' },
      { grant: 'default', more: 'x' },
    ].map(
      (requester) =>
        [
          `an entry with the requester ${JSON.stringify(requester)}`,
          JSON.stringify(withEntry({ requesters: [requester] })),
        ] as const,
    ),
    ['an entry whose grants are not a list', JSON.stringify(withEntry({ grants: 'default' }))],
  ];
  it.each(malformed)('%s is unreadable, never empty', (_, text) => {
    expect(readLedgerItem(text)).toBeUndefined();
  });

  it('holds 200 entries, and no more bytes than DynamoDB accepts', () => {
    const many = (count: number, changes: Partial<LedgerEntry> = {}) => ({
      role: reports,
      entries: Array.from({ length: count }, (__, index) => ({ ...entry, member: `m${index}`, ...changes })),
    });
    expect(fitsInItem(many(maxEntries))).toBe(true);
    expect(fitsInItem(many(maxEntries + 1))).toBe(false);
    expect(
      fitsInItem(many(maxEntries, { requesters: [{ grant: 'default', requestedBy: 'ü'.repeat(1000) }] })),
    ).toBe(false);
  });
});

describe('the key of a binding', () => {
  it('is the same in any order of the condition’s fields, and for any grants', () => {
    const { condition: _, ...open } = entry;
    const turned = { expression: entry.condition?.expression ?? '', title: 'rolebridge-until' };
    expect(bindingKey({ ...entry, condition: turned, grants: [] } as LedgerEntry)).toBe(bindingKey(entry));
    expect(bindingKey(open)).not.toBe(bindingKey(entry));
    expect(bindingKey({ ...entry, member: 'x' })).not.toBe(bindingKey(entry));
    expect(bindingKey({ ...entry, resource: 'x' })).not.toBe(bindingKey(entry));
    expect(bindingKey({ ...entry, googleRole: 'x' })).not.toBe(bindingKey(entry));
  });
});

const requester = { grant: 'default', requestedBy: 'alice', eventId: 'e-1', eventName: 'TagRole' };
const withFields = (fields: Readonly<Record<string, unknown>>) =>
  readLedgerItem(JSON.stringify({ version: 1, role: reports, entries: [{ ...entry, ...fields }] }));

describe('invariant 2: an entry of a ledger item', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['one good and one bad requester', { requesters: [requester, 7] }],
    ['one text and one number in its condition', { condition: { title: 't', expression: 7 } }],
    ['one good and one empty grant', { grants: ['default', ''] }],
  ])('with %s is unreadable as a whole', (_, fields) => {
    expect(withFields({})).toBeDefined();
    expect(withFields(fields)).toBeUndefined();
  });

  it('fills the item up to 390,000 bytes, and not one more', () => {
    const itemOf = (pad: number) => ({ role: reports, entries: [{ ...entry, member: 'x'.repeat(pad) }] });
    const frame = Buffer.byteLength(writeLedgerItem(itemOf(0)));
    expect(fitsInItem(itemOf(390_000 - frame))).toBe(true);
    expect(fitsInItem(itemOf(390_001 - frame))).toBe(false);
  });
});

describe('invariant 1: an item of a role, whoever wrote it,', () => {
  const pool = 'projects/1/locations/global/workloadIdentityPools/former';
  const memberOfRole = (roleName: string): string =>
    `principalSet://iam.googleapis.com/${pool}/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/${roleName}`;
  const readWith = (member: string) =>
    readRoleLedger({
      ...roleItemKey(roleKey(reports)),
      revision: 'r',
      body: writeLedgerItem({ role: reports, entries: [{ ...entry, member }] }),
    });

  it('lists members that name the role, of any pool and in any casing', () => {
    for (const name of ['reports', 'Reports']) expect(readWith(memberOfRole(name))).toBeDefined();
  });

  it.each([
    ['a person', 'user:eve@example.com'],
    ['another role', memberOfRole('app-other')],
    ['another account', memberOfRole('reports').replace('111122223333', '222233334444')],
    ['more than a role', `${memberOfRole('reports')}/x`],
    ['a subject of the pool', `principal://iam.googleapis.com/${pool}/subject/reports`],
  ])('is unreadable if a member is %s', (_, member) => {
    expect(readWith(member)).toBeUndefined();
  });
});

it('an announcement from the future blocks nothing: its writer has no right clock', () => {
  const now = new Date(at);
  const announced = (milliseconds: number) =>
    mayStillBind({ ...entry, announcedAt: new Date(now.getTime() + milliseconds).toISOString() }, now);
  expect([-300_000, -299_999, 0, 299_999, 300_000].map(announced)).toEqual([false, true, true, true, false]);
});
