import { otherOwner, otherOwnerAt } from '../../shared/core/other-owner.ts';

const bucket = 'buckets/acme-in';
const site = (googleRole: string, owner?: string, resource = bucket) => ({
  kind: 'site' as const,
  name: `${googleRole} on ${resource}` as const,
  ...(owner === undefined ? {} : { owner }),
});

describe('the owner of a bucket', () => {
  it.each([
    ['no site exists', []],
    ['all sites there were entered under it', [site('roles/a', '999')]],
    ['no owner was noted', [site('roles/a')]],
    ['another bucket had another owner', [site('roles/a', '111', 'buckets/acme-two')]],
    ['something else has that name', [{ kind: 'pool' as const, name: `roles/a on ${bucket}`, owner: '111' }]],
  ])('is not another owner if %s', (_, scope) => {
    expect(otherOwnerAt(scope, bucket, '999')).toBeUndefined();
  });

  it('is another owner if any site there was entered under another', () => {
    expect(otherOwnerAt([site('roles/a', '999'), site('roles/b', '111')], bucket, '999')).toBe(
      `${bucket} belongs to project number 999 now, and rolebridge granted access to it when it was of 111. ` +
        `It edits nothing there. If that is right: rolebridge forget --resource ${bucket}`,
    );
  });

  it('is named even if it is not known', () => {
    expect(otherOwner(bucket)).toContain('project number none now');
    expect(otherOwner(bucket)).toContain('when it was of none.');
  });
});
