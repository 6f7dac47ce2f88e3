import type { AllowRule } from '../../shared/core/settings.ts';
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

it('setup needs the policies of the resources that rules name, in their projects', () => {
  const allow: readonly AllowRule[] = [
    {
      grant: 'roles/storage.objectViewer',
      on: ['buckets/acme-in'],
      roles: ['*'],
      clientProject: 'acme-files',
    },
    { grant: 'roles/bigquery.dataViewer', on: ['projects/acme-data/datasets/sales'], roles: ['*'] },
  ];
  const rolesOf = (job: 'setup' | 'plan', rules: readonly AllowRule[]) =>
    googleRoles(job, { ...settings, allow: rules });
  const [before, after] = [rolesOf('setup', []), rolesOf('setup', allow)];
  const added = after.map(({ project, permissions }) => [
    project,
    permissions.filter(
      (one) => !before.some((role) => role.project === project && role.permissions.includes(one)),
    ),
  ]);
  expect(added.filter(([, permissions = []]) => permissions.length > 0)).toEqual([
    [
      'acme-data',
      ['bigquery.datasets.get', 'bigquery.datasets.getIamPolicy', 'bigquery.datasets.setIamPolicy'],
    ],
    [
      'acme-files',
      [
        'iam.roles.create',
        'iam.roles.get',
        'iam.roles.undelete',
        'iam.roles.update',
        'storage.buckets.get',
        'storage.buckets.getIamPolicy',
        'storage.buckets.setIamPolicy',
      ],
    ],
  ]);
  expect(rolesOf('plan', allow)).toEqual(rolesOf('plan', []));
});
