import { checkTaggedRoles } from '../../shared/doctor/inspected-roles.ts';

const home = '111122223333';
const one = { tagKey: 'gcp', accounts: [{ id: home, provider: 'p' }] };
const names = (count: number) => Array.from({ length: count }, (_, index) => `app-${index}`);

describe('tagged roles', () => {
  it('warns if no role has a tag', () => {
    expect(checkTaggedRoles(one, [])).toEqual({
      status: 'warning',
      message: 'No role has a tag gcp.',
      fix: 'Tag one: aws iam tag-role --role-name ROLE --tags Key=gcp,Value=SERVICE_ACCOUNT_EMAIL',
    });
  });
  it('does not warn if only roles of other accounts may have one', () => {
    const several = { ...one, home, accounts: [...one.accounts, { id: '444455556666', provider: 'q' }] };
    expect(checkTaggedRoles(several, [])).toEqual({
      status: 'ok',
      message: `No role of account ${home} has a tag gcp. Roles of other accounts are checked only if you name them.`,
      note: 'One of them: rolebridge doctor --role ACCOUNT/ROLE. All of them: rolebridge plan',
    });
  });
  it('names the account, if there are several', () => {
    const several = { ...one, home, accounts: [...one.accounts, { id: '444455556666', provider: 'q' }] };
    expect(checkTaggedRoles(several, names(1)).message).toBe(
      `app-0 of account ${home} has tags of rolebridge.`,
    );
  });
  it('lists them', () => {
    expect(checkTaggedRoles(one, names(1)).message).toBe('app-0 has tags of rolebridge.');
    expect(checkTaggedRoles(one, names(2)).message).toBe('app-0 and app-1 have tags of rolebridge.');
    expect(checkTaggedRoles(one, names(20))).not.toHaveProperty('note');
  });
  it('notes how to check more than the first 20', () => {
    expect(checkTaggedRoles(one, names(21))).toEqual({
      status: 'ok',
      message: '21 roles have tags of rolebridge; the first 20 are checked.',
      note: 'Any other: rolebridge doctor --role ROLE. All of them: rolebridge plan',
    });
  });
});
