import { policyPermissions } from '../../shared/core/policy-permissions.ts';

it.each([
  ['projects/acme-data', ['resourcemanager.projects.getIamPolicy'], 'resourcemanager.projects.setIamPolicy'],
  [
    'buckets/acme-in',
    ['storage.buckets.get', 'storage.buckets.getIamPolicy'],
    'storage.buckets.setIamPolicy',
  ],
  [
    'projects/acme-data/serviceAccounts/a@acme-data.iam.gserviceaccount.com',
    ['iam.serviceAccounts.getIamPolicy'],
    'iam.serviceAccounts.setIamPolicy',
  ],
])('%s requires these permissions', (resource, read, edit) => {
  expect(policyPermissions(resource)).toEqual({ read, edit });
});
