import { listAccess } from '../../shared/core/access.ts';
import { type Condition, untilCondition } from '../../shared/core/iam-policy.ts';
import { type LedgerEntry, roleItemKey, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { accessOf } from '../../shared/core/target.ts';
import { accountId, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, policyOf, present, readerPolicy, snapshot, writerPolicy } from '../support/snapshot.ts';
import { entryFor } from '../support/table.ts';

const key = 'google-access';
const until = '2026-12-01T00:00:00Z';
const lines = (seen: ReturnType<typeof snapshot>) =>
  listAccess(settings, seen, now).map(({ ref, grant, target, state, expiresAt }) =>
    [ref.roleName, grant, target, state, expiresAt].filter((part) => part !== undefined).join(' '),
  );

/** A ledger of role reports. */
const tableWith = (entries: readonly LedgerEntry[]) =>
  readTable([
    {
      ...roleItemKey(roleKey(reports)),
      revision: 'r',
      body: writeLedgerItem({ role: reports, entries }),
    },
  ]);

describe('the access that roles request and have', () => {
  it('shows whether granted access exists', () => {
    const roles = [present('reports', { [key]: reader, [`${key}/w`]: writer })];
    const seen = snapshot({ roles }, { [readerPolicy]: policyOf(binding([reports])) });
    expect(lines(seen)).toEqual([`reports default ${reader} bound`, `reports w ${writer} awaited`]);
    expect(listAccess(settings, seen, now)[0]).toMatchObject({
      roleId: 'AROAREPORTS',
      rule: expect.any(String),
    });
  });

  it('a binding under another condition is not the requested one', () => {
    const roles = [present('reports', { [key]: `${reader} until 2026-11-30` })];
    const bound = (expiresAt: string) => ({
      [readerPolicy]: policyOf(binding([reports], { condition: untilCondition(expiresAt) })),
    });
    expect(lines(snapshot({ roles }, bound(until)))).toEqual([`reports default ${reader} bound ${until}`]);
    const later = '2027-01-01T00:00:00Z';
    expect(lines(snapshot({ roles }, bound(later)))).toEqual([
      `reports default ${reader} awaited ${until}`,
      `reports ${reader} unasked ${later}`,
    ]);
  });

  it('a binding is shown with its condition, unless that only says when it ends', () => {
    const shown = (condition?: Condition) => {
      const bound = binding([reports], condition === undefined ? {} : { condition });
      return listAccess(settings, snapshot({}, { [readerPolicy]: policyOf(bound) }), now)[0];
    };
    expect(shown()).not.toHaveProperty('condition');
    expect(shown(untilCondition(until))).toMatchObject({ expiresAt: until });
    expect(shown(untilCondition(until))).not.toHaveProperty('condition');
    const byHand = { ...untilCondition(until), title: 'office hours' };
    expect(shown(byHand)).toMatchObject({ condition: byHand });
    const endless = { title: 'office hours', expression: 'true' };
    expect(shown(endless)).toMatchObject({ condition: endless });
    expect(shown(endless)).not.toHaveProperty('expiresAt');
  });

  it('a refused request is shown with its reason, and a tag that cannot be read with its text', () => {
    const roles = [present('intern', { [key]: reader, [`${key}/x`]: 'nonsense' })];
    const listed = listAccess(settings, snapshot({ roles }), now);
    expect(listed.map(({ state, target }) => [state, target])).toEqual([
      ['refused', reader],
      ['refused', 'nonsense'],
    ]);
    expect(listed[0]?.reason).toContain('guardrail');
  });

  it('a binding that no tag requests is shown, even for a role that does not exist; one that has ended is not', () => {
    const roles = [present('reports')];
    const ended = binding([reports], { condition: untilCondition('2026-11-01T00:00:00Z') });
    const seen = snapshot(
      { roles },
      { [readerPolicy]: policyOf(binding([reports, roleRef('gone')]), ended) },
    );
    expect(lines(seen)).toEqual([`gone ${reader} unasked`, `reports ${reader} unasked`]);
    expect(listAccess(settings, seen, now).map(({ roleId }) => roleId)).toEqual([undefined, 'AROAREPORTS']);
    const byHand = binding([reports], { condition: { title: 'office hours' } });
    expect(lines(snapshot({ roles }, { [readerPolicy]: policyOf(byHand) }))).toEqual([
      `reports ${reader} unasked`,
    ]);
  });

  it('a role of an account that was not listed, or that the file does not name, is not seen, and never gone', () => {
    const [other, left] = ['444455556666', '999988887777'].map((id) => ({ ...reports, accountId: id }));
    if (other === undefined || left === undefined) throw new Error('unreachable');
    const using = { ...settings, accounts: [...settings.accounts, { id: other.accountId, provider: 'p' }] };
    const policies = { [readerPolicy]: policyOf(binding([reports, other, left])) };
    const found = (listed: readonly string[], more: Parameters<typeof snapshot>[0] = {}) =>
      listAccess(using, snapshot({ listedAccounts: new Set(listed), ...more }, policies), now).map(
        ({ ref, state, isRoleUnseen }) => [ref.accountId, state, isRoleUnseen],
      );
    expect(found([accountId])).toEqual([
      [accountId, 'unasked', undefined],
      [other.accountId, 'unclear', true],
      [left.accountId, 'unclear', true],
    ]);
    expect(found([other.accountId])).toEqual([
      [accountId, 'unclear', true],
      [other.accountId, 'unasked', undefined],
      [left.accountId, 'unclear', true],
    ]);
    // Its page of the list came before the one that failed.
    expect(found([], { roles: [present('reports')] })[0]).toEqual([accountId, 'unasked', undefined]);
    const unread = snapshot(
      { listedAccounts: new Set(), table: tableWith([entryFor(reader)]) },
      { [readerPolicy]: { kind: 'unreadable' } },
    );
    expect(listAccess(using, unread, now)).toMatchObject([{ state: 'unseen', isRoleUnseen: true }]);
  });

  it('a policy that could not be read proves nothing', () => {
    const roles = [present('reports', { [key]: reader, [`${key}/w`]: writer })];
    const seen = snapshot(
      { roles },
      { [readerPolicy]: { kind: 'unreadable' }, [writerPolicy]: { kind: 'absent' } },
    );
    expect(lines(seen)).toEqual([`reports default ${reader} unseen`, `reports w ${writer} awaited`]);
    const other = present('reports', { [key]: 'etl@acme-data.iam.gserviceaccount.com' });
    expect(lines(snapshot({ roles: [other] }))).toEqual([
      'reports default etl@acme-data.iam.gserviceaccount.com unseen',
    ]);
  });

  it('access that only the ledger knows exists while its policy cannot be read', () => {
    const roles = [present('reports', { [key]: reader })];
    const unread = {
      [readerPolicy]: { kind: 'unreadable' },
      [writerPolicy]: { kind: 'unreadable' },
    } as const;
    const ended = { ...entryFor(writer), condition: untilCondition('2026-11-01T00:00:00Z') };
    const ending = { ...entryFor(writer), condition: untilCondition(until) };
    const seen = snapshot({ roles, table: tableWith([entryFor(reader), ended, ending]) }, unread);
    expect(lines(seen)).toEqual([`reports ${writer} unseen ${until}`, `reports default ${reader} unseen`]);
    const gone = snapshot({ roles: [], table: tableWith([entryFor(reader)]) }, unread);
    expect(listAccess(settings, gone, now)).toEqual([
      {
        ref: reports,
        target: reader,
        state: 'unseen',
        binding: expect.objectContaining({ resource: readerPolicy }),
      },
    ]);
    const read = { [readerPolicy]: policyOf(), [writerPolicy]: { kind: 'absent' } } as const;
    const proven = snapshot({ roles: [], table: tableWith([entryFor(reader), ending]) }, read);
    expect(lines(proven)).toEqual([]);
    expect(lines(snapshot({ roles: [], table: undefined }, unread))).toEqual([]);
  });

  it('access through a former pool is a row of its own, even if a tag requests the same access', () => {
    const roles = [present('reports', { [key]: reader, [`${key}/w`]: writer })];
    const renamed = { ...settings, google: { ...settings.google, pool: 'aws-new' } };
    const using = { ...renamed, google: { ...renamed.google, formerPools: [poolPath(settings)] } };
    const seen = snapshot(
      { roles, table: tableWith([entryFor(reader), entryFor(writer)]) },
      { [readerPolicy]: policyOf(binding([reports])), [writerPolicy]: { kind: 'unreadable' } },
    );
    const former = { pool: poolPath(settings) };
    expect(listAccess(using, seen, now)).toMatchObject([
      { grant: 'default', target: reader, state: 'awaited' },
      { grant: 'w', target: writer, state: 'unseen' },
      { target: reader, state: 'unasked', ...former },
      { target: writer, state: 'unseen', ...former },
    ]);
    expect(listAccess(using, seen, now).slice(0, 2)).not.toContainEqual(expect.objectContaining(former));
  });

  it('a member in another spelling is a row of its own: Google does not match it', () => {
    const roles = [present('reports', { [key]: reader })];
    const seen = snapshot({ roles }, { [readerPolicy]: policyOf(binding([roleRef('Reports')])) });
    expect(lines(seen)).toEqual([`reports default ${reader} awaited`, `Reports ${reader} unasked`]);
  });

  it('a binding that only the ledger shows to be ours exists while its policy has it', () => {
    const other = 'projects/9/locations/global/workloadIdentityPools/lost';
    const member = memberOf(settings, reports).replace(poolPath(settings), other);
    const seen = snapshot(
      { roles: [present('reports')], table: tableWith([entryFor(reader, { member })]) },
      { [readerPolicy]: policyOf(binding([], { members: [member] })) },
    );
    expect(listAccess(settings, seen, now)).toMatchObject([
      { target: reader, state: 'unasked', pool: other },
    ]);
  });

  it('a member that was there before us is inherited, until the ledger lists it', () => {
    const viewer = { googleRole: 'roles/storage.objectViewer', resource: 'buckets/acme-in' };
    const google = {
      ...settings.google,
      formerSites: [viewer],
      inherited: new Map([[accessOf(viewer), 'all' as const]]),
    };
    const stateWith = (entries: readonly LedgerEntry[]) =>
      listAccess(
        { ...settings, google },
        snapshot(
          { table: tableWith(entries) },
          { [viewer.resource]: policyOf(binding([reports], { role: viewer.googleRole })) },
        ),
        now,
      ).map(({ state }) => state);
    expect(stateWith([])).toEqual(['inherited']);
    expect(stateWith([entryFor('', viewer)])).toEqual(['unasked']);
  });

  it('the same row twice in a policy is one grant', () => {
    const seen = snapshot({}, { [readerPolicy]: policyOf(binding([reports]), binding([reports])) });
    expect(lines(seen)).toEqual([`reports ${reader} unasked`]);
  });

  it('access that ends first comes first', () => {
    const roles = [
      present('app-a', { [key]: reader }),
      present('app-b', { [key]: `${reader} until 2026-12-31` }),
      present('app-c', { [key]: `${reader} until 2026-12-01` }),
    ];
    expect(listAccess(settings, snapshot({ roles }), now).map(({ ref }) => ref.roleName)).toEqual([
      'app-c',
      'app-b',
      'app-a',
    ]);
  });

  it('sorts by the moment, not by its spelling in a condition', () => {
    const ending = (name: string, moment: string) =>
      binding([roleRef(name)], {
        condition: { title: name, expression: `request.time < timestamp("${moment}")` },
      });
    const bindings = [
      ending('fourth', '2027-01-01T00:00:00Z'),
      ending('second', '2027-01-01T01:00:00+02:00'),
      ending('first', '2026-12-31T22:59:59.5Z'),
      ending('third', '2026-12-31T20:00:00-03:59'),
      ending('never', 'soon'),
    ];
    const seen = snapshot({ roles: [] }, { [readerPolicy]: policyOf(...bindings) });
    expect(listAccess(settings, seen, now).map(({ ref }) => ref.roleName)).toEqual([
      'first',
      'second',
      'third',
      'fourth',
      'never',
    ]);
  });
});
