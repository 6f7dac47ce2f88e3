import { editorRole, listerRole, poolReaderRole } from '../../shared/setup/custom-roles.ts';

it('each of rolebridge’s own Google roles has the permissions that it needs', () => {
  expect(poolReaderRole('acme-identity').permissions).toEqual(['iam.workloadIdentityPools.get']);
  expect(listerRole('acme-data').permissions).toContain('iam.serviceAccounts.getIamPolicy');
  expect(editorRole('acme-data').permissions).toContain('iam.serviceAccounts.setIamPolicy');
});
