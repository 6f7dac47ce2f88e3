import { fitsInItem, type LedgerEntry, readLedgerItem, writeLedgerItem } from '../../shared/core/ledger.ts';
import { reports } from '../support/settings.ts';

const at = '2026-11-24T12:00:00.000Z';
const entry: LedgerEntry = {
  googleRole: 'roles/iam.workloadIdentityUser',
  resource: 'projects/acme-data/serviceAccounts/reader@acme-data.iam.gserviceaccount.com',
  member: 'principalSet://iam.googleapis.com/x',
  grants: ['default'],
  since: at,
  announcedAt: at,
};
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

  it('takes the item to 390,000 bytes, and not to one more', () => {
    const item = (pad: number) => ({ role: reports, entries: [{ ...entry, member: 'x'.repeat(pad) }] });
    const frame = Buffer.byteLength(writeLedgerItem(item(0)));
    expect(fitsInItem(item(390_000 - frame))).toBe(true);
    expect(fitsInItem(item(390_001 - frame))).toBe(false);
  });
});
