import type { AllowRule } from '../../shared/core/settings.ts';
import { type GoogleJob, googleRoles } from '../../shared/permissions/google.ts';
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

describe('for rules with Google roles', () => {
  const allow: readonly AllowRule[] = [
    {
      grant: 'roles/storage.objectViewer',
      on: ['buckets/acme-in'],
      roles: ['*'],
      clientProject: 'acme-files',
    },
    { grant: 'roles/bigquery.dataViewer', on: ['projects/acme-data/datasets/sales'], roles: ['*'] },
    { grant: 'projects/acme-roles/roles/puller', on: ['projects/acme-data/topics/orders'], roles: ['*'] },
    { grant: 'organizations/1234/roles/puller', on: ['projects/acme-data/topics/orders'], roles: ['*'] },
    { to: '*@acme-data.iam.gserviceaccount.com', roles: ['*'] },
  ];
  const rolesOf = (job: GoogleJob, rules: readonly AllowRule[]) =>
    googleRoles(job, { ...settings, allow: rules });
  /** By project, the permissions that a job needs in addition because of these rules. */
  const addedFor = (job: GoogleJob) => {
    const before = rolesOf(job, []);
    return Object.fromEntries(
      rolesOf(job, allow)
        .map(({ project, permissions }) => [
          project,
          permissions.filter(
            (one) => !before.some((role) => role.project === project && role.permissions.includes(one)),
          ),
        ])
        .filter(([, permissions = []]) => permissions.length > 0),
    );
  };

  it.each(['plan', 'operator'] as const)(
    '%s reads the policies of the resources, and the custom roles, in their projects',
    (job) => {
      expect(addedFor(job)).toEqual({
        'acme-data': [
          'bigquery.datasets.get',
          'bigquery.datasets.getIamPolicy',
          'pubsub.topics.getIamPolicy',
        ],
        'acme-files': ['storage.buckets.get', 'storage.buckets.getIamPolicy'],
        'acme-roles': ['iam.roles.get'],
      });
    },
  );

  it('doctor also reads who may edit them', () => {
    expect(addedFor('doctor')).toMatchObject({
      'acme-files': [
        'iam.roles.get',
        'resourcemanager.projects.getIamPolicy',
        'storage.buckets.get',
        'storage.buckets.getIamPolicy',
      ],
    });
  });

  it('setup also edits the policies, and creates custom roles in the projects of the resources', () => {
    expect(addedFor('setup')).toEqual({
      'acme-data': [
        'bigquery.datasets.get',
        'bigquery.datasets.getIamPolicy',
        'bigquery.datasets.setIamPolicy',
        'pubsub.topics.getIamPolicy',
        'pubsub.topics.setIamPolicy',
      ],
      'acme-files': [
        'iam.roles.create',
        'iam.roles.get',
        'iam.roles.undelete',
        'iam.roles.update',
        'storage.buckets.get',
        'storage.buckets.getIamPolicy',
        'storage.buckets.setIamPolicy',
      ],
      'acme-roles': ['iam.roles.get'],
    });
  });
});
