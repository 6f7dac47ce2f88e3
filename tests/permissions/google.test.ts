import { googleRoles } from '../../shared/permissions/google.ts';
import { settings } from '../support/settings.ts';

it('doctor lists the providers only if there are several AWS accounts, one provider for each', () => {
  const permissionsWith = (ids: readonly string[]) =>
    googleRoles('doctor', {
      ...settings,
      accounts: ids.map((id) => ({ id, provider: `aws-${id}` })),
    }).flatMap(({ permissions }) => permissions);
  const list = 'iam.workloadIdentityPoolProviders.list';
  expect(permissionsWith(['111122223333'])).not.toContain(list);
  expect(permissionsWith(['111122223333', '444455556666'])).toContain(list);
});
