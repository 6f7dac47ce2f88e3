import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { isRefusal, PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { isProjectNumber } from '../../core/scope.ts';
import {
  isServiceAccountEmail,
  type ResourceName,
  serviceAccountResource,
} from '../../core/service-account.ts';
import type { Listings } from '../../ports.ts';
import { callGoogle, withRetries } from './call.ts';
import { resourceFailure } from './failure.ts';
import type { GoogleSession } from './session.ts';

export const googleServiceAccounts = (session: GoogleSession): Listings['serviceAccounts'] =>
  async function* (project) {
    for await (const emails of listServiceAccounts(session, project))
      yield emails.map((email): ResourceName => serviceAccountResource(email));
  };

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
  const advice = `Grant rolebridge's lister role on project ${project} to google.serviceAccount.`;
  const unexpected = (): PermanentError =>
    new PermanentError(
      `${what}: the answer is not a page of service accounts. Check google.endpoints in rolebridge.yml, and what answers there.`,
    );
  const seenTokens = new Set<string>();
  const seenEmails = new Set<string>();
  let pageToken = '';
  do {
    seenTokens.add(pageToken);
    const current = pageToken;
    const page = await withRetries(
      session,
      () => getPage(session, project, current),
      (thrown) => resourceFailure(what, thrown, advice),
    );
    if (!isPage(page, project)) throw unexpected();
    pageToken = page.nextPageToken ?? '';
    // Pages that lead to each other would never end.
    if (pageToken !== '' && seenTokens.has(pageToken)) throw unexpected();
    const emails = (page.accounts ?? []).flatMap(({ email }) => email ?? []);
    // Nor would one page that is answered to every token.
    if (emails.length > 0 && emails.every((email) => seenEmails.has(email))) throw unexpected();
    for (const email of emails) seenEmails.add(email);
    if (emails.length === 0 && !(await refusesUnknownAccount(session, project))) throw unexpected();
    yield emails;
  } while (pageToken !== '');
};

type Page = iam_v1.Schema$ListServiceAccountsResponse;
type PageParams = Omit<iam_v1.Params$Resource$Projects$Serviceaccounts$List, 'name'>;

const maxPageSize = 100; // projects.serviceAccounts.list

const getPage = (session: GoogleSession, project: string, pageToken: string): Promise<unknown> =>
  callGoogle(session, {
    method: 'GET',
    path: `projects/${project}/serviceAccounts`,
    params: {
      pageSize: maxPageSize,
      ...(pageToken === '' ? {} : { pageToken }),
    } satisfies PageParams,
  });

const pageFields: readonly string[] = ['accounts', 'nextPageToken'] satisfies readonly (keyof Page)[];

/** A page has no other fields: a proxy's error, or another API's list, would look like an empty project. */
const isPage = (value: unknown, project: string): value is Page =>
  isRecord(value) &&
  Object.keys(value).every((key) => pageFields.includes(key)) &&
  (value['nextPageToken'] === undefined || typeof value['nextPageToken'] === 'string') &&
  (value['accounts'] === undefined ||
    (Array.isArray(value['accounts']) &&
      value['accounts'].every((account) => isAccountOf(account, project))));

/** A page of another project, from a cache in between, proves nothing about this one. For a number, Google answers with the id. */
const isAccountOf = (value: unknown, project: string): boolean => {
  if (!isRecord(value)) return false;
  const { email, projectId } = value;
  const isEmail = typeof email === 'string' && isServiceAccountEmail(email);
  return isEmail && (projectId === project || isProjectNumber(project));
};

/** No account has this unique id: 21 digits, like Google's own. */
const unknownAccountId = '100000000000000000000';

/**
 * An empty page is `{}`, which any server could answer. Google itself refuses to describe an account that does not
 * exist; a server that answers `{}` to everything does not. @throws Failure if there is no answer
 */
export const refusesUnknownAccount = async (session: GoogleSession, project: string): Promise<boolean> => {
  const path = `projects/${project}/serviceAccounts/${unknownAccountId}`;
  try {
    await withRetries(
      session,
      () => callGoogle<unknown>(session, { method: 'GET', path }),
      (thrown) => resourceFailure(`checking who answers for project ${project}`, thrown, ''),
    );
    return false;
  } catch (thrown) {
    if (isRefusal(thrown)) return true;
    throw thrown;
  }
};
