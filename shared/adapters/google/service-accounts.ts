import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1';
import { isRefusal, PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { isProjectNumber } from '../../core/scope.ts';
import {
  emailOfResource,
  isServiceAccountEmail,
  type ResourceName,
  serviceAccountResource,
} from '../../core/service-account.ts';
import type { Listings, OptIns } from '../../ports.ts';
import { resourceFailure } from './failure.ts';
import { callGoogle, type GoogleSession, patiently } from './session.ts';

/** What Google gives at most. */
const accountsPerPage = 100;

const notPermitted = (project: string): string =>
  `Grant rolebridge's lister role on project ${project} to google.serviceAccount.`;

/**
 * E-mails of the service accounts of a project, page by page. A page that is not well-formed ends the listing with an
 * error, because an account that an incomplete listing lacks may exist.
 * https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list
 */
export const listServiceAccounts = async function* (
  session: GoogleSession,
  project: string,
): AsyncIterable<readonly string[]> {
  const what = `listing the service accounts of project ${project}`;
  const fetchPage = async (pageToken: string): Promise<unknown> => {
    await session.identity.signIn();
    try {
      return await callGoogle<unknown>(session, {
        method: 'GET',
        path: `projects/${project}/serviceAccounts`,
        params: { pageSize: accountsPerPage, ...(pageToken === '' ? {} : { pageToken }) },
      });
    } catch (thrown) {
      throw resourceFailure(what, thrown, notPermitted(project));
    }
  };
  const strange = (): PermanentError =>
    new PermanentError(
      `${what}: the answer is not a page of service accounts. Check google.endpoints in rolebridge.yml, and what answers there.`,
    );
  const seen = new Set<string>();
  const isCycle = (next = ''): boolean => next !== '' && seen.has(next);
  let token = '';
  do {
    seen.add(token);
    const current = token;
    const page = await patiently(session, () => fetchPage(current));
    // Pages that lead to each other would never end.
    if (!isPage(page, project) || isCycle(page.nextPageToken)) throw strange();
    const emails = (page.accounts ?? []).map(({ email }) => email);
    if (emails.length === 0 && !(await refusesNobody(session, project))) throw strange();
    token = page.nextPageToken ?? '';
    yield emails;
  } while (token !== '');
};

/** A unique id that no account has: 21 digits, as Google's have. */
const nobody = '100000000000000000000';

/**
 * An empty page is `{}`, which says nothing about who answered. Google itself refuses to tell of an account that does not
 * exist; whatever answers `{}` to everything does not. @throws Failure where no answer came
 */
const refusesNobody = async (session: GoogleSession, project: string): Promise<boolean> => {
  const name = `projects/${project}/serviceAccounts/${nobody}`;
  try {
    await patiently(session, async () => {
      await session.identity.signIn();
      try {
        return await callGoogle<unknown>(session, { method: 'GET', path: name });
      } catch (thrown) {
        throw resourceFailure(`checking who answers for project ${project}`, thrown, '');
      }
    });
    return false;
  } catch (thrown) {
    if (isRefusal(thrown)) return true;
    throw thrown;
  }
};

export const googleServiceAccounts = (session: GoogleSession): Listings['serviceAccounts'] =>
  async function* (project) {
    for await (const emails of listServiceAccounts(session, project))
      yield emails.map((email): ResourceName => serviceAccountResource(email));
  };

/** What only the editor role gives us on an account; the lister role can read. */
const editing = 'iam.serviceAccounts.setIamPolicy';

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/testIamPermissions */
export const googleOptIns = (session: GoogleSession): OptIns => ({
  isOptedOut: (resource) =>
    patiently(session, async () => {
      await session.identity.signIn();
      const what = `asking what rolebridge may do on ${emailOfResource(resource)}`;
      const answer = await testPermissions(session, resource).catch((thrown: unknown) => {
        throw resourceFailure(what, thrown, '');
      });
      if (isPermissions(answer)) return !(answer.permissions ?? []).includes(editing);
      throw new PermanentError(`${what}: the answer is not a list of permissions.`);
    }),
});

/** The caller needs no permission for it. */
const testPermissions = (session: GoogleSession, resource: ResourceName): Promise<unknown> =>
  callGoogle<unknown>(session, {
    method: 'POST',
    path: `${resource}:testIamPermissions`,
    data: { permissions: [editing] } satisfies iam_v1.Schema$TestIamPermissionsRequest,
  });

interface Page {
  readonly accounts?: readonly { readonly email: string }[];
  readonly nextPageToken?: string;
}

/** Only a page's own fields: a proxy's error, or another API's list, would look like an empty project. */
const isPage = (value: unknown, project: string): value is Page =>
  isRecord(value) &&
  Object.keys(value).every((key) => key === 'accounts' || key === 'nextPageToken') &&
  (value['nextPageToken'] === undefined || typeof value['nextPageToken'] === 'string') &&
  (value['accounts'] === undefined ||
    (Array.isArray(value['accounts']) &&
      value['accounts'].every((account) => isAccountOf(account, project))));

/** A page of another project, from a cache in between, says nothing about this one. Google answers a number with the id. */
const isAccountOf = (value: unknown, project: string): boolean => {
  if (!isRecord(value)) return false;
  const { email, projectId } = value;
  const isEmail = typeof email === 'string' && isServiceAccountEmail(email);
  return isEmail && (projectId === project || isProjectNumber(project));
};

const isPermissions = (value: unknown): value is { readonly permissions?: readonly string[] } =>
  isRecord(value) &&
  (value['permissions'] === undefined ||
    (Array.isArray(value['permissions']) && value['permissions'].every((one) => typeof one === 'string')));
