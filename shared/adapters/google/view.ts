import type { AllowPolicy } from '../../core/iam-policy.ts';
import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleView } from '../../doctor-ports.ts';
import type { GoogleSession } from './api.ts';
import { googleSide, readOne } from './side.ts';

/** What Google gives at most. */
const accountsPerPage = 100;

interface Page {
  readonly accounts?: readonly { readonly email?: string }[];
  readonly nextPageToken?: string;
}

/** Google as a person's credentials reach it; reads alone. */
export const googleView = (session: GoogleSession): GoogleView => {
  const { projectPolicies: _, ...side } = googleSide(session);
  return {
    ...side,
    accountPolicy: (email) =>
      readOne<AllowPolicy>(session, `the allow policy of ${email}`, {
        method: 'POST',
        path: `${serviceAccountResource(email)}:getIamPolicy?options.requestedPolicyVersion=3`,
        data: {},
      }),
    projectPolicy: (project) =>
      readOne<AllowPolicy>(session, `the allow policy of project ${project}`, {
        api: 'cloudresourcemanager',
        method: 'POST',
        path: `projects/${project}:getIamPolicy`,
        data: { options: { requestedPolicyVersion: 3 } },
      }),
    serviceAccounts: async (project) => {
      const emails: string[] = [];
      let token = '';
      do {
        const { accounts = [], nextPageToken = '' } =
          (await readOne<Page>(session, `the service accounts of project ${project}`, {
            method: 'GET',
            path: `projects/${project}/serviceAccounts`,
            params: { pageSize: accountsPerPage, ...(token === '' ? {} : { pageToken: token }) },
          })) ?? {};
        emails.push(...accounts.flatMap(({ email }) => email ?? []));
        token = nextPageToken;
      } while (token !== '');
      return emails;
    },
  };
};
