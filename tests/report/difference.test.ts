import { reportDifference } from '../../shared/report/difference.ts';
import type { Report } from '../../shared/report/report.ts';
import type { ReportRow } from '../../shared/report/row.ts';
import { type MemoryWorld, setPolicy, setRole } from '../support/memory.ts';
import { exampleReport } from '../support/report-example.ts';
import { bob, historyOf, outcome, reportOf } from '../support/reporting.ts';
import { email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { binding, readerPolicy } from '../support/snapshot.ts';
import { entryFor, setEntries, setKnown } from '../support/table.ts';
import { createWorld } from '../support/world.ts';

const row: ReportRow = { role: reports, grant: 'default', target: reader, state: 'bound', rule: 'allow[0]' };
const of = (...rows: readonly ReportRow[]): Report => ({
  ...exampleReport,
  blindSpots: [],
  notReadable: [],
  rows,
});
const nothing = {
  previousAt: exampleReport.at,
  isIncomplete: false,
  added: [],
  removed: [],
  changed: [],
  unmanagedAdded: [],
  unmanagedRemoved: [],
};

describe('the difference of two reports', () => {
  it('is empty for a report and itself', () => {
    expect(reportDifference(of(row), of(row))).toEqual(nothing);
    expect(reportDifference(exampleReport, exampleReport)).toEqual({ ...nothing, isIncomplete: true });
  });

  it('contains rows that only one of them has', () => {
    const other = { ...row, role: roleRef('app-new') };
    expect(reportDifference(of(row), of(other))).toEqual({ ...nothing, added: [other], removed: [row] });
  });

  it('contains the fields in which a request changed, including its end, in any casing of its role', () => {
    const after: ReportRow = {
      ...row,
      role: roleRef('Reports'),
      state: 'refused',
      reason: 'no rule',
      expiresAt: '2027-01-01T00:00:00Z',
      event: { id: 'e-2' },
    };
    expect(reportDifference(of(row), of(after)).changed).toEqual([
      { before: row, after, fields: ['state', 'expiresAt', 'reason'] },
    ]);
  });

  it('distinguishes bindings that no tag explains by their ends, and equal ones by their order', () => {
    const { grant: _, ...unasked } = { ...row, state: 'unasked' as const };
    const ending = { ...unasked, expiresAt: '2027-01-01T00:00:00Z' };
    expect(reportDifference(of(unasked), of(unasked, ending))).toEqual({ ...nothing, added: [ending] });
    expect(reportDifference(of(unasked, unasked), of(unasked))).toEqual({ ...nothing, removed: [unasked] });
  });

  it('distinguishes bindings that no tag explains by their pools and conditions', () => {
    const { grant: _, ...unasked } = { ...row, state: 'unasked' as const };
    const before = { ...unasked, condition: { title: 'office', expression: 'request.time < x' } };
    const open = { ...unasked, condition: { title: 'office', expression: 'true' } };
    expect(reportDifference(of(before), of(open))).toEqual({ ...nothing, added: [open], removed: [before] });
    const turned = { ...before, condition: { expression: 'request.time < x', title: 'office' } };
    expect(reportDifference(of(before), of(turned))).toEqual(nothing);
    const former = { ...unasked, pool: 'projects/1/locations/global/workloadIdentityPools/old' };
    expect(reportDifference(of(unasked), of(former, unasked))).toEqual({ ...nothing, added: [former] });
  });

  it('contains members that rolebridge does not manage', () => {
    const none = { ...of(), unmanaged: [] };
    const [member] = exampleReport.unmanaged;
    expect(reportDifference(none, of()).unmanagedAdded).toEqual([member]);
    expect(reportDifference(of(), none).unmanagedRemoved).toEqual([member]);
  });

  it('contains members under another condition, no matter what its title says', () => {
    const [member] = exampleReport.unmanaged;
    if (member === undefined) throw new Error('the example has no member');
    const open = { ...member, condition: { ...member.condition, expression: 'true' } };
    const { unmanagedAdded, unmanagedRemoved } = reportDifference(of(), { ...of(), unmanaged: [open] });
    expect([unmanagedAdded, unmanagedRemoved]).toEqual([[open], [member]]);
  });

  it('is incomplete if either report has a blind spot', () => {
    const blind = { ...of(), blindSpots: exampleReport.blindSpots };
    expect(reportDifference(blind, of()).isIncomplete).toBe(true);
    expect(reportDifference(of(), blind).isIncomplete).toBe(true);
  });

  it('is incomplete if either report could not read a service account that nothing names', () => {
    const partly = { ...of(), notReadable: exampleReport.notReadable };
    expect(reportDifference(partly, of()).isIncomplete).toBe(true);
    expect(reportDifference(of(), partly).isIncomplete).toBe(true);
  });

  it('is incomplete if either report has a row that could not be read', () => {
    const unseen = of({ ...row, state: 'unseen' });
    expect(reportDifference(unseen, of(row)).isIncomplete).toBe(true);
    expect(reportDifference(of(row), unseen).isIncomplete).toBe(true);
  });

  it('notices that a role was created again', () => {
    const before = { ...row, role: { ...reports, roleId: 'AROAOLD' } };
    const after = { ...row, role: { ...reports, roleId: 'AROANEW' } };
    expect(reportDifference(of(before), of(after)).changed).toEqual([{ before, after, fields: ['roleId'] }]);
    expect(reportDifference(of(before), of(row)).changed).toMatchObject([{ fields: ['roleId'] }]);
    // Without an id, a role may have been there all the time.
    const notSeen = { ...row, isRoleUnseen: true as const };
    expect(reportDifference(of(before), of(notSeen)).changed).toEqual([]);
    expect(reportDifference(of(notSeen), of(after)).changed).toEqual([]);
  });

  it('does not need the service accounts that an older version could not read', () => {
    const { notReadable: _, ...older } = of();
    expect(reportDifference(older, of()).isIncomplete).toBe(false);
  });
});

describe('the difference ignores everything that changes by itself', () => {
  const rule = { to: reader, roles: ['reports'] };
  const limited = { to: writer, roles: ['reports'], maxDays: 30 };
  /** A role that is bound, and refused because its second request has no end. */
  const worldOn = (at: Date): MemoryWorld => {
    const world = createWorld({ at });
    setRole(world, reports, [
      { key: 'google-access', value: reader },
      { key: 'google-access/b', value: writer },
    ]);
    setKnown(world);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    setEntries(world, [entryFor(reader)]);
    return world;
  };
  const tomorrow = new Date(now.getTime() + 24 * 60 * 60 * 1000);
  const role = { ...reports, roleId: 'AROAREPORTS' };
  const refusal = historyOf([outcome({ role, target: writer, tagValue: writer, grant: 'b' })]);

  it('such as the places of rules, the latest date of today, and a refusal that left the history', async () => {
    const before = await reportOf(worldOn(now), {
      using: { ...settings, allow: [rule, limited] },
      history: refusal,
    });
    const using = { ...settings, allow: [{ to: email('new'), roles: ['new'] }, rule, limited] };
    const after = await reportOf(worldOn(tomorrow), { using });
    const fieldsOf = (field: 'rule' | 'reason' | 'requestedBy') =>
      [before, after].map(({ rows }) => rows.map((one) => one[field]));
    for (const field of ['rule', 'reason', 'requestedBy'] as const) {
      const [first, second] = fieldsOf(field);
      expect(first).not.toEqual(second);
    }
    expect(reportDifference(before, after).changed).toEqual([]);
  });

  it('but not another rule, another limit, another requester, and one whom the ledger disproved', () => {
    const changes = (a: Partial<ReportRow>, b: Partial<ReportRow>) =>
      reportDifference(of({ ...row, ...a }), of({ ...row, ...b })).changed.flatMap(({ fields }) => fields);
    const { rule: _, ...none } = row;
    expect(changes({ rule: `allow[0] to ${reader}` }, { rule: `allow[1] to ${reader}` })).toEqual([]);
    expect(changes({ rule: `allow[0] to ${reader}` }, { rule: 'allow[0] to *' })).toEqual(['rule']);
    expect(reportDifference(of(row), of(none)).changed).toMatchObject([{ fields: ['rule'] }]);
    const limitOf = (days: number, day: string) =>
      `Access to x is for at most ${days} days, and this request names no "until". The latest date allowed today is ${day}: write x until ${day}.`;
    expect(changes({ reason: limitOf(30, '2026-12-24') }, { reason: limitOf(30, '2026-12-25') })).toEqual([]);
    expect(changes({ reason: limitOf(30, '2026-12-24') }, { reason: limitOf(90, '2027-02-22') })).toEqual([
      'reason',
    ]);
    const refused = { state: 'refused', requestedBy: bob } as const;
    expect(changes(refused, { state: 'refused' })).toEqual([]);
    expect(changes(refused, { ...refused, requestedBy: 'eve' })).toEqual(['requestedBy']);
    expect(changes({ state: 'refused' }, refused)).toEqual(['requestedBy']);
    expect(changes({ requestedBy: bob }, {})).toEqual(['requestedBy']);
    expect(changes({ requestedBy: bob }, { state: 'refused' })).toEqual(['state', 'requestedBy']);
  });
});
