import { checkTaggedRoles } from '../../shared/doctor/inspected-roles.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `app-${index}`);

describe('tagged roles', () => {
  it('warns if no role has a tag', () => {
    expect(checkTaggedRoles('gcp', [])).toEqual({
      status: 'warning',
      message: 'No role has a tag gcp.',
      fix: 'Tag one: aws iam tag-role --role-name ROLE --tags Key=gcp,Value=SERVICE_ACCOUNT_EMAIL',
    });
  });
  it('lists them', () => {
    expect(checkTaggedRoles('gcp', names(1)).message).toBe('app-0 has tags of rolebridge.');
    expect(checkTaggedRoles('gcp', names(2)).message).toBe('app-0 and app-1 have tags of rolebridge.');
    expect(checkTaggedRoles('gcp', names(20))).not.toHaveProperty('note');
  });
  it('notes how to check more than the first 20', () => {
    expect(checkTaggedRoles('gcp', names(21))).toEqual({
      status: 'ok',
      message: '21 roles have tags of rolebridge; the first 20 are checked.',
      note: 'Any other: rolebridge doctor --role ROLE. All of them: rolebridge plan',
    });
  });
});
