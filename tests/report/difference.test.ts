import { reportDifference } from '../../shared/report/difference.ts';
import type { Report } from '../../shared/report/report.ts';
import type { ReportRow } from '../../shared/report/row.ts';
import { exampleReport } from '../support/report-example.ts';
import { reader, reports, roleRef } from '../support/settings.ts';

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
  it('of a report and itself is nothing', () => {
    expect(reportDifference(of(row), of(row))).toEqual(nothing);
    expect(reportDifference(exampleReport, exampleReport)).toEqual({ ...nothing, isIncomplete: true });
  });

  it('is rows that only one of them has', () => {
    const other = { ...row, role: roleRef('app-new') };
    expect(reportDifference(of(row), of(other))).toEqual({ ...nothing, added: [other], removed: [row] });
  });

  it('is the fields in which a request changed, its end too, in any casing of its role', () => {
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

  it('is members that rolebridge does not manage', () => {
    const none = { ...of(), unmanaged: [] };
    const [member] = exampleReport.unmanaged;
    expect(reportDifference(none, of()).unmanagedAdded).toEqual([member]);
    expect(reportDifference(of(), none).unmanagedRemoved).toEqual([member]);
  });

  it('is members under another condition, no matter what its title says', () => {
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
