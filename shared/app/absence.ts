import pMap from 'p-map';
import { type Failure, isRefusal } from '../core/errors.ts';
import { resourceKindOf } from '../core/google-resource.ts';
import {
  emailOfResource,
  isServiceAccountResource,
  projectOf,
  type ResourceName,
} from '../core/service-account.ts';
import type { Listings, PolicyStore } from '../ports.ts';

const listingsAtATime = 4;

interface AbsencePorts {
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly policies: Pick<PolicyStore, 'read'>;
}

/** Resources of the same kinds: one that can be read shows that its API answers for us. */
interface Witnesses {
  /** Read already in this run. */
  readonly read: Iterable<ResourceName>;
  /** May be read. */
  readonly others: readonly ResourceName[];
}

/**
 * Returns the absent ones among the resources whose policies could not be read (docs/adr/0020). A service account is absent if Google
 * itself refused the read, and a complete listing of its project, made after that read, lacks it. Other resources have no
 * listing: one is absent if Google answered that it does not exist, and another one of its kind can be read. We conclude nothing
 * if that fails, or if the read failed in any other way.
 */
export const absentAmong = async (
  { listings, policies }: AbsencePorts,
  failures: ReadonlyMap<ResourceName, Failure>,
  witnesses: Witnesses = { read: [], others: [] },
): Promise<ReadonlySet<ResourceName>> => {
  const refused = [...failures].filter(([, failure]) => isRefusal(failure));
  const accounts = refused.map(([resource]) => resource).filter(isServiceAccountResource);
  const others = refused
    .filter(([resource, failure]) => !isServiceAccountResource(resource) && isNotFound(failure))
    .map(([resource]) => resource);
  const [unlisted, unknown] = await Promise.all([
    unlistedAmong(listings, accounts),
    unknownAmong(policies, others, witnesses),
  ]);
  return new Set([...unlisted, ...unknown]);
};

const isNotFound = (failure: Failure): boolean => isRefusal(failure) && failure.because === 'notFound';

const unlistedAmong = async (
  listings: AbsencePorts['listings'],
  resources: readonly ResourceName[],
): Promise<readonly ResourceName[]> => {
  const candidates = resources.flatMap((resource) => {
    const project = projectOf(emailOfResource(resource));
    return project === undefined ? [] : [{ resource, project }];
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
  return absent.flat().map(({ resource }) => resource);
};

/** Those among the resources that Google does not know, of whose kind another one can be read. */
const unknownAmong = async (
  policies: AbsencePorts['policies'],
  resources: readonly ResourceName[],
  witnesses: Witnesses,
): Promise<readonly ResourceName[]> => {
  const kinds = [...Map.groupBy(resources, resourceKindOf)];
  const absent = kinds.map(async ([kind, group]) =>
    (await isAnswering(policies, kind, witnesses)) ? group : [],
  );
  return (await Promise.all(absent)).flat();
};

/** Every further witness is a call. Some of those that the file names may be gone, too. */
const maxWitnesses = 10;

const isAnswering = async (
  policies: AbsencePorts['policies'],
  kind: ReturnType<typeof resourceKindOf>,
  { read, others }: Witnesses,
): Promise<boolean> => {
  if ([...read].some((resource) => resourceKindOf(resource) === kind)) return true;
  for (const resource of others.filter((one) => resourceKindOf(one) === kind).slice(0, maxWitnesses))
    try {
      await policies.read(resource);
      return true;
    } catch {
      // The next one may be readable.
    }
  return false;
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
