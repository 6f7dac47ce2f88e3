import type { AwsClient } from 'google-auth-library';
import type { Config } from '../../config.ts';
import { type ResourceName, serviceAccountResource } from '../../core/service-account.ts';
import type { Listings } from '../../ports.ts';
import { resourceFailure } from './failure.ts';
import { callIam, patiently } from './iam-api.ts';
import { signIn } from './identity.ts';

/** What Google gives at most. */
const accountsPerPage = 100;

interface Page {
  readonly accounts?: readonly { readonly email?: string }[];
  readonly nextPageToken?: string;
}

const notPermitted = (project: string): string =>
  `Grant rolebridge's lister role on project ${project} to google.serviceAccount.`;

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list */
export const googleServiceAccounts = (
  config: Config,
  identity: AwsClient,
  signal: AbortSignal,
): Listings['serviceAccounts'] =>
  async function* (project) {
    const fetchPage = async (pageToken: string): Promise<Page> => {
      await signIn(identity);
      try {
        return await callIam<Page>(config, identity, signal, {
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
      const { accounts = [], nextPageToken = '' } = await patiently(signal, () => fetchPage(current));
      token = nextPageToken;
      yield accounts.flatMap(({ email }): readonly ResourceName[] =>
        email === undefined ? [] : [serviceAccountResource(email)],
      );
    } while (token !== '');
  };
