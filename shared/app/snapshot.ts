import pMap from 'p-map';
import type { ParameterListing, Snapshot } from '../core/compare.ts';
import { desiredOf } from '../core/desired.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import { type ObservedParameter, type ObservedPolicy, recordedParameters } from '../core/observed.ts';
import { namesIn, type Scope } from '../core/scope.ts';
import { emailOfResource, type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Pages, SweepPorts } from '../ports.ts';
import { readConcurrency } from './observe.ts';

/** Something that the sweep could not look at, and why: nothing there counts as gone. */
export interface Unseen {
  readonly what: string;
  readonly reason: string;
}

export interface ProjectListing {
  readonly project: string;
  readonly isComplete: boolean;
  readonly resources: readonly ResourceName[];
}

export interface Seen extends Snapshot {
  readonly projects: readonly ProjectListing[];
  /** Accounts whose owners did not opt in, and that nothing ties to us. */
  readonly notOptedIn: readonly ResourceName[];
  readonly blindSpots: readonly Unseen[];
}

interface Gathered<T> {
  readonly items: readonly T[];
  readonly error?: Failure;
}

/** All pages, or those before the first that failed, with the failure. */
const gather = async <T>(pages: Pages<T>): Promise<Gathered<T>> => {
  const items: T[] = [];
  try {
    for await (const page of pages) items.push(...page);
    return { items };
  } catch (thrown) {
    return { items, error: toFailure(thrown) };
  }
};

const blindSpot = (what: string, { error }: Gathered<unknown>): readonly Unseen[] =>
  error === undefined ? [] : [{ what, reason: error.message }];

const listEverything = async (ports: SweepPorts, scope: Scope, accountId: string) => {
  const { listings } = ports;
  const places = namesIn(scope, 'region').flatMap((region) =>
    namesIn(scope, 'prefix').map((prefix) => ({ region, prefix })),
  );
  const [roles, parameters, projects] = await Promise.all([
    gather(listings.roles(accountId)),
    Promise.all(
      places.map(async (place) => ({
        ...place,
        listed: await gather(listings.parameters(place.region, place.prefix)),
      })),
    ),
    Promise.all(
      namesIn(scope, 'project').map(async (project) => ({
        project,
        listed: await gather(listings.serviceAccounts(project)),
      })),
    ),
  ]);
  return { roles, parameters, projects };
};

/** What tags ask for and what parameters record: a refusal there is a read that could not be made. */
const namedResources = (
  settings: Settings,
  roles: Snapshot['roles'],
  parameters: readonly ParameterListing[],
  now: Date,
): ReadonlySet<ResourceName> => {
  const asked = roles.flatMap((role) =>
    desiredOf(role, settings, now).grants.map(({ target }) => target.email),
  );
  const folders = parameters.map((listing) => ({ ...listing, kind: 'read', path: listing.prefix }) as const);
  const recorded = recordedParameters(settings, folders).flatMap(({ email }) => email ?? []);
  return new Set([...asked, ...recorded].map(serviceAccountResource));
};

const readPolicies = async (
  ports: SweepPorts,
  resources: readonly ResourceName[],
  named: ReadonlySet<ResourceName>,
) => {
  const policies = new Map<ResourceName, ObservedPolicy>();
  const unseen = new Map<ResourceName, Failure>();
  const notOptedIn: ResourceName[] = [];
  await pMap(
    resources,
    async (resource) => {
      try {
        policies.set(resource, await ports.policies.read(resource));
      } catch (thrown) {
        const error = toFailure(thrown);
        if (!(error instanceof PermanentError)) unseen.set(resource, error);
        else if (named.has(resource)) policies.set(resource, { kind: 'unreadable' });
        else notOptedIn.push(resource);
      }
    },
    { concurrency: readConcurrency },
  );
  return { policies, unseen, notOptedIn };
};

/** A prefix that lies within another one is a listing of its own: what is in it is not the outer one's. */
const withoutInner = (
  prefix: string,
  scope: Scope,
  parameters: readonly ObservedParameter[],
): readonly ObservedParameter[] => {
  const inner = namesIn(scope, 'prefix').filter((other) => other.startsWith(`${prefix}/`));
  return parameters.filter(({ name }) => !inner.some((other) => name.startsWith(`${other}/`)));
};

/** Looks at everything in the scope; whatever cannot be looked at is a blind spot and stops nothing else. */
export const takeSnapshot = async (
  settings: Settings,
  ports: SweepPorts,
  scope: Scope,
  accountId: string,
): Promise<Seen> => {
  const { roles, parameters, projects } = await listEverything(ports, scope, accountId);
  const listings = parameters.map(({ region, prefix, listed }) => ({
    region,
    prefix,
    isComplete: listed.error === undefined,
    parameters: withoutInner(prefix, scope, listed.items),
  }));
  const named = namedResources(settings, roles.items, listings, ports.clock.now());
  const resources = [...new Set([...projects.flatMap(({ listed }) => listed.items), ...named])]
    // The binding that lets our functions act in Google is never looked at, so it can never be touched.
    .filter((resource) => emailOfResource(resource) !== settings.google.serviceAccount)
    .toSorted();
  const { policies, unseen, notOptedIn } = await readPolicies(ports, resources, named);
  return {
    accountId,
    roles: roles.items,
    isRolesComplete: roles.error === undefined,
    parameters: listings,
    policies,
    unseen: new Set(unseen.keys()),
    projects: projects.map(({ project, listed }) => ({
      project,
      isComplete: listed.error === undefined,
      resources: listed.items,
    })),
    notOptedIn: notOptedIn.toSorted(),
    blindSpots: [
      ...blindSpot(`the roles of account ${accountId}`, roles),
      ...parameters.flatMap(({ region, prefix, listed }) =>
        blindSpot(`the parameters under ${prefix} in ${region}`, listed),
      ),
      ...projects.flatMap(({ project, listed }) =>
        blindSpot(`the service accounts of project ${project}`, listed),
      ),
      ...[...unseen].map(([resource, error]) => ({
        what: `the allow policy of ${emailOfResource(resource)}`,
        reason: error.message,
      })),
    ],
  };
};
