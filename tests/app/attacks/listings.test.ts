import { listServiceAccounts } from '../../../shared/adapters/google/service-accounts.ts';
import { googleSession } from '../../support/google-session.ts';

const listed = async (project: string, page: unknown): Promise<readonly string[]> => {
  const emails: string[] = [];
  for await (const some of listServiceAccounts(
    googleSession(() => page),
    project,
  ))
    emails.push(...some);
  return emails;
};
const accountIn = (project: string) => ({
  name: `projects/${project}/serviceAccounts/x@${project}.iam.gserviceaccount.com`,
  projectId: project,
  uniqueId: '123456789012345678901',
  email: `x@${project}.iam.gserviceaccount.com`,
});

describe('invariant 4: a listing proves only what it lists', () => {
  it('another project’s page (a cache in between) is not a listing of the project', async () => {
    await expect(listed('acme-data', { accounts: [accountIn('acme-other')] })).rejects.toThrow(
      'not a page of service accounts',
    );
  });

  it('a number that names the project is its own name', async () => {
    await expect(listed('123456789012', { accounts: [accountIn('acme-data')] })).resolves.toHaveLength(1);
  });

  it('accounts that are not e-mails of service accounts do not count as a page', async () => {
    await expect(listed('acme-data', { accounts: [{ email: '' }] })).rejects.toThrow(
      'not a page of service accounts',
    );
  });
});
