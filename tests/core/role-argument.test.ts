import {
  assertUnambiguous,
  isNamedRole,
  noSuchRole,
  parseNamedRole,
  parseRole,
  parseRoleRef,
  roleLabel,
  suggestionOf,
} from '../../shared/core/role-argument.ts';
import { accountId, roleRef, settings } from '../support/settings.ts';

const other = '444455556666';
const two = { accounts: [...settings.accounts, { id: other, provider: 'aws-4' }] };

const parse = (text: string) => parseRole(text, [accountId]);

describe('a role that a person names', () => {
  it.each([
    ['reports', { roleName: 'reports' }],
    ['REPORTS', { roleName: 'REPORTS' }],
    [' reports\n', { roleName: 'reports' }],
    ['a,b', { roleName: 'a,b' }],
    ['111122223333/reports', { roleName: 'reports', accountId }],
    ['111122223333/REPORTS ', { roleName: 'REPORTS', accountId }],
    ['arn:aws:iam::111122223333:role/reports', { roleName: 'reports', accountId }],
    ['arn:aws:iam::111122223333:role/team/eks/reports', { roleName: 'reports', accountId }],
    ['ARN:AWS:IAM::111122223333:ROLE/Team/REPORTS', { roleName: 'REPORTS', accountId }],
    ['arn:aws:sts::111122223333:assumed-role/reports/i-0abc', { roleName: 'reports', accountId }],
    ['Arn:aws:sts::111122223333:Assumed-Role/reports/alice@acme.example', { roleName: 'reports', accountId }],
  ])('%s', (text, role) => {
    expect(parse(text)).toEqual(role);
  });

  it.each([
    ['', '"" is not the name of a role'],
    [' ', '" " is not the name of a role'],
    ['1111/app', '"1111/app" is not the name of a role'],
    ['111122223333/', '"111122223333/" is not the name of a role'],
    ['111122223333/team/app', '"111122223333/team/app" is not the name of a role'],
    ['999999999999/reports', 'is in AWS account 999999999999, but rolebridge.yml configures 111122223333'],
    ['team/app', '"team/app" is not the name of a role'],
    ['r'.repeat(65), 'is not the name of a role'],
    ['röle', 'is not the name of a role'],
    ['arn:aws:iam::111122223333:user/alice', 'is not the ARN of a role'],
    ['arn:aws:iam::111122223333:role/', 'is not the ARN of a role'],
    ['arn:aws:iam::1111:role/reports', 'is not the ARN of a role'],
    ['arn:aws:sts::111122223333:assumed-role/reports', 'is not the ARN of a role'],
    [
      'arn:aws:iam::999999999999:role/reports',
      'is in AWS account 999999999999, but rolebridge.yml configures 111122223333',
    ],
    ['arn:aws:sts::999999999999:assumed-role/reports/x', 'is in AWS account 999999999999'],
    ['arn:aws-cn:iam::111122223333:role/reports', 'is in the partition aws-cn'],
    ['arn:aws-us-gov:sts::111122223333:assumed-role/reports/x', 'is in the partition aws-us-gov'],
  ])('"%s" is an error', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('names the option', () => {
    expect(() => parseRole('/', undefined, '--role-name')).toThrow(/^--role-name must be/);
  });

  it('may be in any account if rolebridge.yml cannot be read', () => {
    expect(parseRole('arn:aws:iam::999999999999:role/reports', undefined).accountId).toBe('999999999999');
  });

  it('is in the only account, and needs an account if there are several', () => {
    expect(parseRoleRef('reports', settings)).toEqual(roleRef('reports'));
    expect(parseNamedRole('reports', settings)).toEqual({ roleName: 'reports', accountId });
    expect(parseNamedRole('reports', two)).toEqual({ roleName: 'reports' });
    expect(parseRoleRef(`${other}/reports`, two).accountId).toBe(other);
    expect(parseRoleRef('arn:aws:iam::444455556666:role/reports', two).accountId).toBe(other);
    expect(() => parseRoleRef('reports', two)).toThrow(
      'rolebridge.yml configures 2 accounts. Name the account of reports: --role ACCOUNT/reports',
    );
    expect(() => parseRoleRef('reports', { accounts: [] })).toThrow('configures no account');
  });

  it('is not compared with a thousand accounts in one message', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => String(100_000_000_000 + index));
    expect(() => parseRole('999999999999/reports', ids)).toThrow(
      'is in AWS account 999999999999, but rolebridge.yml configures 1000 other accounts.',
    );
  });
});

describe('roles of the same name', () => {
  const both = [roleRef('reports'), { ...roleRef('Reports'), accountId: other }];

  it('are ambiguous without the account', () => {
    expect(() => assertUnambiguous({ roleName: 'reports' }, both)).toThrow(
      `Several accounts have a role reports. Name the one that you mean: --role ${accountId}/reports or --role ${other}/reports`,
    );
    expect(() => assertUnambiguous({ roleName: 'reports', accountId: other }, both)).not.toThrow();
    expect(() =>
      assertUnambiguous({ roleName: 'reports' }, [...both.slice(1), ...both.slice(1)]),
    ).not.toThrow();
  });

  it('are distinguished by the account', () => {
    const named = { roleName: 'REPORTS', accountId: other };
    expect(both.map((ref) => isNamedRole(ref, named))).toEqual([false, true]);
    expect(both.map((ref) => isNamedRole(ref, { roleName: 'REPORTS' }))).toEqual([true, true]);
  });

  it('are shown with the account, unless that is the only one', () => {
    const [home] = both;
    if (home === undefined) throw new Error('no role');
    expect(roleLabel([accountId], home)).toBe('reports');
    expect(roleLabel([accountId], { roleName: 'gone' })).toBe('gone');
    expect(roleLabel([other], home)).toBe(`${accountId}/reports`);
    expect(roleLabel([accountId, other], home)).toBe(`${accountId}/reports`);
  });
});

describe('a role that does not exist', () => {
  it('may be in none of the accounts', () => {
    expect(noSuchRole({ roleName: 'app' }, '').message).toBe(
      'There is no role app in any configured account.',
    );
  });

  it.each([
    ['app-wbe', 'There is no role app-wbe in account 111122223333. Did you mean app-web?'],
    ['app', 'Did you mean app-batch or app-web?'],
    ['zzzz', "List the roles: aws iam list-roles --query 'Roles[].RoleName'"],
    ['reports,app-web', 'To name several roles, repeat the option: --role reports --role app-web.'],
    ['reports,', 'Did you mean reports?'],
    ['x,y', 'List the roles'],
  ])('%s', (roleName, message) => {
    expect(
      noSuchRole(roleRef(roleName), suggestionOf(roleName, ['reports', 'app-web', 'app-batch'])).message,
    ).toContain(message);
  });
});
