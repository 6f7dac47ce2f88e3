import { checkRole, checkTags } from '../../shared/doctor/role-checks.ts';
import { reader, writer } from '../support/settings.ts';
import { key, roleCaseOf } from './role-case.ts';

describe('tags', () => {
  it('granted', () => {
    expect(
      checkTags(roleCaseOf({ [key]: `${reader} until 2027-01-31`, [`${key}/w`]: writer }), true),
    ).toEqual({
      status: 'ok',
      message: `They grant ${reader} until 2027-02-01T00:00:00Z and ${writer}.`,
    });
  });
  it('none', () => {
    expect(checkTags(roleCaseOf({}), false)).toEqual({
      status: 'failed',
      message: 'Role reports has no tag google-access, so it asks for no access.',
      fix: 'Tag it: aws iam tag-role --role-name reports --tags Key=google-access,Value=<service account e-mail>',
    });
  });
  it.each([
    [true, 'failed'],
    [false, 'warning'],
  ] as const)('refused, of a role that was named: %s', (isNamed, status) => {
    expect(checkTags(roleCaseOf({ [key]: reader, [`${key}/x`]: 'nonsense' }), isNamed)).toEqual({
      status,
      message: expect.stringMatching(
        /^Refused: google-access\/x = nonsense: "nonsense" is not a service account/,
      ),
      fix: 'Correct the tag: aws iam tag-role --role-name reports --tags Key=google-access/x,Value=<service account e-mail>',
    });
  });
});

describe('a role', () => {
  it('exists', () => {
    const arn = 'arn:aws:iam::111122223333:role/reports';
    const detail = {
      kind: 'there',
      roleName: 'reports',
      roleId: 'AROAREPORTS',
      arn,
      tags: [],
      trust: '',
    } as const;
    expect(checkRole('111122223333', 'reports', detail)).toEqual({
      status: 'ok',
      message: `${arn} (AROAREPORTS)`,
    });
  });
  it('is missing', () => {
    expect(checkRole('111122223333', 'report', { kind: 'absent' })).toEqual({
      status: 'failed',
      message: 'Account 111122223333 has no role report.',
      fix: "List the roles: aws iam list-roles --query 'Roles[].RoleName'",
    });
  });
});
