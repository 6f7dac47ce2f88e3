import { accessLines } from '../../cli/commands/roles/csv.ts';
import { reader, roleRef } from '../support/settings.ts';

const header = 'account,role,role_id,grant,target,state,expires_at,rule,reason,pool,condition,is_role_unseen';
const bound = {
  ref: roleRef('reports'),
  roleId: 'AROAX',
  grant: 'default',
  target: reader,
  state: 'bound',
} as const;
const lineOf = (access: Parameters<typeof accessLines>[0][number]) => accessLines([access])[1];

describe('roles as CSV', () => {
  it('has a header, and a line for each access', () => {
    expect(accessLines([])).toEqual([header]);
    expect(accessLines([{ ...bound, expiresAt: '2027-01-01T00:00:00Z', rule: 'allow[0]' }])).toEqual([
      header,
      `111122223333,reports,AROAX,default,${reader},bound,2027-01-01T00:00:00Z,allow[0],,,,no`,
    ]);
  });

  it('puts a cell with a comma, a quote or a line break in quotes', () => {
    expect(lineOf({ ...bound, state: 'refused', reason: 'no, "x"\nis not' })).toBe(
      `111122223333,reports,AROAX,default,${reader},refused,,,"no, ""x""\nis not",,,no`,
    );
  });

  it.each(['=HYPERLINK(1)', '+1', '-1', '@x', '\t=1', '＝1'])('neutralizes a formula in %j', (target) => {
    expect(lineOf({ ...bound, target })).toBe(`111122223333,reports,AROAX,default,'${target},bound,,,,,,no`);
  });

  it('neutralizes a formula in text that a semicolon turns into a cell of its own, as in much of Europe', () => {
    expect(lineOf({ ...bound, target: 'a;=1+1;x;-2' })).toBe(
      "111122223333,reports,AROAX,default,a;'=1+1;x;'-2,bound,,,,,,no",
    );
  });

  it('neutralizes a formula in a role name, and in a quoted cell', () => {
    expect(lineOf({ ...bound, ref: roleRef('=cmd,x') })).toBe(
      `111122223333,"'=cmd,x",AROAX,default,${reader},bound,,,,,,no`,
    );
  });

  it('distinguishes a role that was not seen from one that is gone', () => {
    const gone = { ref: roleRef('reports'), target: reader, state: 'unasked' } as const;
    expect(lineOf(gone)).toBe(`111122223333,reports,,,${reader},unasked,,,,,,no`);
    expect(lineOf({ ...gone, state: 'unclear', isRoleUnseen: true })).toBe(
      `111122223333,reports,,,${reader},unclear,,,,,,yes`,
    );
  });

  it('names the pool and the condition of a binding that no tag requests', () => {
    const condition = { title: 'office', expression: 'a, b' };
    expect(lineOf({ ...bound, state: 'unasked', pool: 'projects/1/x', condition })).toBe(
      `111122223333,reports,AROAX,default,${reader},unasked,,,,projects/1/x,"""office"" (a, b)",no`,
    );
  });
});
