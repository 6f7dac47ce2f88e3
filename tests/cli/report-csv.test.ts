import { reportLines } from '../../cli/commands/report/csv.ts';
import type { ReportRow } from '../../shared/report/row.ts';
import { reader, reports } from '../support/settings.ts';

const header =
  'account,role,role_id,grant,target,google_role,resource,state,is_held,since,expires_at,requested_by,event_name,event_id,event_at,rule,reason,pool,condition,is_role_unseen';
const bound: ReportRow = { role: reports, target: reader, state: 'bound' };

describe('the report as CSV', () => {
  it('has a header, and a line for each access with everything that is known', () => {
    expect(reportLines([bound])).toEqual([
      header,
      `111122223333,reports,,,${reader},,,bound,no,,,,,,,,,,,no`,
    ]);
    const full: ReportRow = {
      ...bound,
      role: { ...reports, roleId: 'AROAX' },
      grant: 'default',
      googleRole: 'roles/iam.workloadIdentityUser',
      resource: reader,
      isHeld: true,
      since: '2026-11-01T00:00:00.000Z',
      expiresAt: '2026-12-01T00:00:00Z',
      requestedBy: 'arn:bob',
      event: { name: 'TagRole', id: 'e-1', at: '2026-11-01T00:00:00.000Z' },
      rule: 'allow[0]',
      reason: 'no, "x"',
      pool: 'projects/1/x',
      condition: { expression: 'true' },
    };
    expect(reportLines([full])[1]).toBe(
      `111122223333,reports,AROAX,default,${reader},roles/iam.workloadIdentityUser,${reader},bound,yes,2026-11-01T00:00:00.000Z,2026-12-01T00:00:00Z,arn:bob,TagRole,e-1,2026-11-01T00:00:00.000Z,allow[0],"no, ""x""",projects/1/x,true,no`,
    );
  });

  it('distinguishes a role that was not seen from one that is gone', () => {
    const [, line] = reportLines([{ ...bound, state: 'unclear', isRoleUnseen: true }]);
    expect(line).toBe(`111122223333,reports,,,${reader},,,unclear,no,,,,,,,,,,,yes`);
  });

  it('neutralizes a formula in a tag', () => {
    expect(reportLines([{ ...bound, state: 'refused', target: '=HYPERLINK(1)' }])[1]).toContain(
      ",'=HYPERLINK(1),",
    );
  });
});
