import pMap from 'p-map';
import { type Failure, isRefusal } from '../core/errors.ts';
import { emailOfResource, projectOf, type ResourceName } from '../core/service-account.ts';
import type { Listings } from '../ports.ts';

const listingsAtATime = 4;

/**
 * Returns the absent ones among the service accounts whose policies could not be read: Google itself refused the read, and a
 * complete listing of the account's project, made after that read, lacks the account (docs/adr/0020). We conclude nothing if
 * the listing fails, if the e-mail does not name its project, or if the read failed in any other way.
 */
export const absentAmong = async (
  listings: Pick<Listings, 'serviceAccounts'>,
  failures: ReadonlyMap<ResourceName, Failure>,
): Promise<ReadonlySet<ResourceName>> => {
  const candidates = [...failures].flatMap(([resource, failure]) => {
    const project = projectOf(emailOfResource(resource));
    return project !== undefined && isRefusal(failure) ? [{ resource, project }] : [];
  });
  const byProject = Map.groupBy(candidates, ({ project }) => project);
  const absent = await pMap(
    byProject,
    async ([project, asked]) => {
      const listed = await listedIn(listings, project);
      return listed === undefined ? [] : asked.filter(({ resource }) => !listed.has(resource));
    },
    { concurrency: listingsAtATime },
  );
  return new Set(absent.flat().map(({ resource }) => resource));
};

/** Undefined if the listing is not complete. The failure of the read is reported, so this one need not be. */
const listedIn = async (
  listings: Pick<Listings, 'serviceAccounts'>,
  project: string,
): Promise<ReadonlySet<ResourceName> | undefined> => {
  const listed = new Set<ResourceName>();
  try {
    for await (const page of listings.serviceAccounts(project))
      for (const resource of page) listed.add(resource);
    return listed;
  } catch {
    return undefined;
  }
};
