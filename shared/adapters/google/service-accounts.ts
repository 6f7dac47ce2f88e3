import { type ResourceName, serviceAccountResource } from '../../core/service-account.ts';
import type { Listings } from '../../ports.ts';
import { callGoogle, type GoogleSession, patiently } from './api.ts';
import { resourceFailure } from './failure.ts';

/** What Google gives at most. */
const accountsPerPage = 100;

interface Page {
  readonly accounts?: readonly { readonly email?: string }[];
  readonly nextPageToken?: string;
}

const notPermitted = (project: string): string =>
  `Grant rolebridge's lister role on project ${project} to google.serviceAccount.`;

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list */
export const googleServiceAccounts = (session: GoogleSession): Listings['serviceAccounts'] =>
  async function* (project) {
    const fetchPage = async (pageToken: string): Promise<Page> => {
      await session.identity.signIn();
      try {
        return await callGoogle<Page>(session, {
          method: 'GET',
          path: `projects/${project}/serviceAccounts`,
          params: { pageSize: accountsPerPage, ...(pageToken === '' ? {} : { pageToken }) },
        });
      } catch (thrown) {
        throw resourceFailure(
          `listing the service accounts of project ${project}`,
          thrown,
          notPermitted(project),
        );
      }
    };
    let token = '';
    do {
      const current = token;
      const { accounts = [], nextPageToken = '' } = await patiently(session, () => fetchPage(current));
      token = nextPageToken;
      yield accounts.flatMap(({ email }): readonly ResourceName[] =>
        email === undefined ? [] : [serviceAccountResource(email)],
      );
    } while (token !== '');
  };
