import { noSuchRole, parseRole, parseRoleRef, suggestionOf } from '../../shared/core/role-argument.ts';
import { accountId, roleRef, settings } from '../support/settings.ts';

const parse = (text: string) => parseRole(text, [accountId]);

describe('a role that a person names', () => {
  it.each([
    ['reports', { roleName: 'reports' }],
    ['REPORTS', { roleName: 'REPORTS' }],
    [' reports\n', { roleName: 'reports' }],
    ['a,b', { roleName: 'a,b' }],
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

  it('is in the first account unless an ARN names another one', () => {
    const two = { ...settings, accounts: [...settings.accounts, { id: '444455556666', provider: 'aws-4' }] };
    expect(parseRoleRef('reports', two)).toEqual(roleRef('reports'));
    expect(parseRoleRef('arn:aws:iam::444455556666:role/reports', two).accountId).toBe('444455556666');
    expect(() => parseRoleRef('reports', { ...settings, accounts: [] })).toThrow('configures no account');
  });
});

describe('a role that does not exist', () => {
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
