import { parseRoleArn } from '../../shared/core/role-arn.ts';

describe('the name of a role', () => {
  it.each([
    ['arn:aws:sts::111122223333:assumed-role/reports/i-0abc', 'reports'],
    ['arn:aws:iam::111122223333:role/reports', 'reports'],
    ['arn:aws:iam::111122223333:role/eks/team/a+=,.@-_b', 'a+=,.@-_b'],
    ['arn:aws:iam::111122223333:user/alice', undefined],
    ['arn:aws:iam::111122223333:root', undefined],
    ['arn:aws:sts::111122223333:assumed-role/reports', undefined],
    ['arn:aws:sts::111122223333:assumed-role/reports/i-0abc/x', undefined],
    ['x arn:aws:sts::111122223333:assumed-role/reports/i-0abc', undefined],
    ['x arn:aws:iam::111122223333:role/reports', undefined],
    ['arn:aws:iam::111122223333:role/reports x', undefined],
    ['', undefined],
  ])('%s: %s', (arn, name) => {
    expect(parseRoleArn(arn)).toEqual(
      name === undefined ? undefined : { accountId: '111122223333', roleName: name },
    );
  });
});
