import { approvalKey, revokeAllKey, writeAnswer } from '../../shared/core/answer-item.ts';
import { listedOf } from '../../shared/core/forget.ts';
import { writeHeldList } from '../../shared/core/held-list.ts';
import { writeLedgerItem } from '../../shared/core/ledger.ts';
import { revocationsHash } from '../../shared/core/revocation-limit.ts';
import { writeGone, writeLost, writeScopeEntry } from '../../shared/core/scope.ts';
import { readVerdict, writeVerdict } from '../../shared/core/table-verdict.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { now, reader, reports } from '../support/settings.ts';
import { entryFor } from '../support/table.ts';

const item = (pk: string, sk: string, body: string) => ({ pk, sk, revision: 'r', body });
const project = (name: string) =>
  item('scope', `project#${name}`, writeScopeEntry({ kind: 'project', name }, now));

const site = 'roles/storage.objectViewer on buckets/acme-in';
const gone = now.toISOString();

describe('a table that was read', () => {
  it('a site, and every pool, has the time since which its resource is gone', () => {
    const pool = 'projects/1/locations/global/workloadIdentityPools/p';
    const view = readTable([
      item('scope', `site#${site}`, writeScopeEntry({ kind: 'site', name: site }, now)),
      item('scope', `pool#${pool}`, writeScopeEntry({ kind: 'pool', name: pool }, now)),
      project('acme-old'),
      item('sweep', `gone#${site}`, writeGone(site, gone)),
    ]);
    expect(view.scope.map(({ kind, goneAt }) => [kind, goneAt])).toEqual([
      ['site', gone],
      ['pool', gone],
      ['project', undefined],
    ]);
    expect(view.gone).toEqual(new Map([[site, gone]]));
    expect(view.unreadable).toEqual([]);
  });

  it('a project has the time when it lost an account; a region with the same name does not', () => {
    const { scope, lost, unreadable } = readTable([
      project('acme-old'),
      item('scope', 'region#acme-old', writeScopeEntry({ kind: 'region', name: 'acme-old' }, now)),
      item('sweep', 'lost#acme-old', writeLost('acme-old', now)),
    ]);
    expect(scope.map(({ kind, lostAt }) => [kind, lostAt])).toEqual([
      ['project', now.toISOString()],
      ['region', undefined],
    ]);
    expect(lost.get('acme-old')).toBe(now.toISOString());
    expect(unreadable).toEqual([]);
  });

  it.each([
    ['sweep', 'lost#acme-old', writeLost('another', now)],
    ['sweep', 'lost#acme-old', '{}'],
    [
      'sweep',
      'lost#acme-old',
      '{"version":1,"kind":"region","name":"acme-old","lostAt":"2026-11-24T12:00:00Z"}',
    ],
    ['sweep', 'lost#acme-old', '{"version":1,"kind":"project","name":"acme-old","lostAt":"soon"}'],
    ['sweep', 'lost#acme-old', '{"version":1,"kind":"project","name":"acme-old","lostAt":7}'],
    ['sweep', `gone#${site}`, writeGone('another', gone)],
    ['sweep', `gone#${site}`, '{}'],
    ['sweep', `gone#${site}`, `{"version":1,"kind":"project","name":"${site}","goneAt":"${gone}"}`],
    ['sweep', `gone#${site}`, `{"version":1,"kind":"site","name":"${site}","goneAt":"soon"}`],
    ['sweep', `gone#${site}`, `{"version":1,"kind":"site","name":"${site}","goneAt":7}`],
    ['sweep', 'table', '{"version":1,"verdict":"fresh","at":7}'],
    ['sweep', 'table', '{}'],
    ['role#aws:111122223333:reports', 'bindings', '{}'],
    [revokeAllKey.pk, revokeAllKey.sk, '{}'],
  ])('%s %s: %s is unreadable, and named', (pk, sk, body) => {
    expect(readTable([item(pk, sk, body)]).unreadable).toEqual([`${pk} ${sk}`]);
  });

  it('a standing answer is known; others do not matter here', () => {
    const view = readTable([
      item(revokeAllKey.pk, revokeAllKey.sk, writeAnswer('revoke', 'arn', now)),
      item('answer', 'adopt#x', 'anything'),
    ]);
    expect(view).toMatchObject({ revokeAll: { answeredBy: 'arn' }, unreadable: [] });
  });

  it('who approved which held list, and the list itself', () => {
    const role = { role: reports, access: 'projects/acme-data/serviceAccounts/x' };
    const [list] = writeHeldList(reports.accountId, [role], now).map((one) => ({ ...one, revision: 'r' }));
    const hash = revocationsHash([role]);
    const { pk, sk } = approvalKey(hash);
    const view = readTable([item(pk, sk, writeAnswer('approve', 'arn', now)), list ?? item('', '', '')]);
    expect(view.approvals).toEqual([{ hash, at: now.toISOString(), answeredBy: 'arn' }]);
    expect([...view.held.lists.keys()]).toEqual([hash]);
    expect(view.unreadable).toEqual([]);
  });

  it.each([
    ['answer', 'approve#0123456789abcdef', '{}'],
    ['answer', 'approve#0123456789abcdef', writeAnswer('revoke', 'arn', now)],
    ['answer', 'approve#x', writeAnswer('approve', 'arn', now)],
    ['held#111122223333', '0123456789abcdef#0001', '{}'],
    ['held#111122223333', 'now', '{}'],
  ])('%s %s: %s approves nothing, and is named as unreadable', (pk, sk, body) => {
    const { approvals, held, unreadable } = readTable([item(pk, sk, body)]);
    expect([approvals, held.lists.size, unreadable]).toEqual([[], 0, [`${pk} ${sk}`]]);
  });

  it('the person who answered for the table is kept, if known', () => {
    const at = now.toISOString();
    for (const verdict of [
      { verdict: 'answered', at, answeredBy: 'arn' },
      { verdict: 'emptied', at },
    ] as const)
      expect(readVerdict(writeVerdict(verdict))).toEqual(verdict);
  });
});

describe('the entries that are listed for something', () => {
  const old = 'acme-old';
  const entry = entryFor(`a@${old}.iam.gserviceaccount.com`);
  const ledger = item(
    'role#aws:111122223333:reports',
    'bindings',
    writeLedgerItem({ role: reports, entries: [entry, entryFor(reader)] }),
  );
  const view = readTable([project(old), ledger]);

  it('of a project, an account or a resource: its entries, and no others', () => {
    expect(listedOf(view, { kind: 'project', name: old })).toMatchObject({
      entries: [{ role: reports, entry }],
      usedSince: now.toISOString(),
    });
    expect(listedOf(view, { kind: 'resource', name: entry.resource }).entries).toHaveLength(1);
    expect(listedOf(view, { kind: 'resource', name: entry.resource })).not.toHaveProperty('usedSince');
    expect(listedOf(view, { kind: 'account', name: reports.accountId }).entries).toHaveLength(2);
    expect(listedOf(view, { kind: 'account', name: '444455556666' }).entries).toEqual([]);
  });

  it('a scope entry of unknown age is listed, too', () => {
    const ageless = item('scope', `project#${old}`, `{"version":1,"kind":"project","name":"${old}"}`);
    expect(listedOf(readTable([ageless]), { kind: 'project', name: old }).usedSince).toBe('');
  });

  it('another announcement, another entry, or another scope makes another hash', () => {
    const hashes = [
      view,
      readTable([ledger]),
      readTable([project(old)]),
      readTable([
        project(old),
        item(
          ledger.pk,
          ledger.sk,
          writeLedgerItem({ role: reports, entries: [{ ...entry, announcedAt: now.toISOString() }] }),
        ),
      ]),
    ].map((one) => listedOf(one, { kind: 'project', name: old }).hash);
    expect(new Set(hashes).size).toBe(4);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

it.each([
  ['sweep', 'table'],
  ['sweep', 'lost#acme-data'],
  ['sweep', 'dropped#project#acme-data'],
  ['scope', 'project#acme-data'],
  ['answer', 'revoke#all'],
  ['role#aws:111122223333:reports', 'bindings'],
])('invariant 2: an item %s %s of another shape is unreadable, never empty', (pk, sk) => {
  expect(readTable([{ pk, sk, revision: 'r', body: '{"version":2}' }]).unreadable).toEqual([`${pk} ${sk}`]);
});
