import { isRoleName } from '../../shared/core/role-arn.ts';
import { isSameRole, roleKey } from '../../shared/core/role-key.ts';
import { reports, roleRef } from '../support/settings.ts';

describe('invariant 7: the key of a role', () => {
  it('holds partition, AWS account and the name in lower case', () => {
    expect(roleKey(roleRef('App-OLD'))).toBe('aws:111122223333:app-old');
  });

  it('is the same for every casing, and differs for another name, account or partition', () => {
    expect(isSameRole(roleRef('APP.x'), roleRef('app.X'))).toBe(true);
    expect(isSameRole(reports, roleRef('reports2'))).toBe(false);
    expect(isSameRole(reports, { ...reports, accountId: '999988887777' })).toBe(false);
    expect(isSameRole(reports, { ...reports, partition: 'aws-cn' })).toBe(false);
  });

  it('folds ASCII letters alone: the Kelvin sign is not a k', () => {
    expect(roleKey(roleRef('app-\u212A'))).not.toBe(roleKey(roleRef('app-k')));
  });
});

it.each([
  ['reports', true],
  ['App.Web-1+=,@', true],
  ['r'.repeat(65), false],
  ['', false],
  ['path/name', false],
  ['arn:aws:iam::111122223333:role/app', false],
])('whether "%s" can be the name of a role: %s', (text, isName) => {
  expect(isRoleName(text)).toBe(isName);
});
