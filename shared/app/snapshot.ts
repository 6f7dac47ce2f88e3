import pMap from 'p-map';
import type { Snapshot } from '../core/compare.ts';
import { desiredOf } from '../core/desired.ts';
import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import type { PresentRole } from '../core/model.ts';
import type { ObservedParameter, ObservedPolicy } from '../core/observed.ts';
import { namesIn, type Scope } from '../core/scope.ts';
import { emailOfResource, type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { TableView } from '../core/table-view.ts';
import type { Pages, SweepPorts } from '../ports.ts';
import { readConcurrency } from './observe.ts';

/** Something that the sweep could not look at, and why: nothing there counts as gone. */
export interface Unseen {
  readonly what: string;
  readonly reason: string;
}

export interface ProjectListing {
  readonly project: string;
  /** `missing`: Google says that there is no such project. */
  readonly seen: 'whole' | 'partly' | 'missing';
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

/** A prefix that lies within another one is a listing of its own: what is in it is not the outer one's. */
const withoutInner = (
  prefix: string,
  scope: Scope,
  parameters: readonly ObservedParameter[],
): readonly ObservedParameter[] => {
  const inner = namesIn(scope, 'prefix').filter((other) => other.startsWith(`${prefix}/`));
  return parameters.filter(({ name }) => !inner.some((other) => name.startsWith(`${other}/`)));
};

const listParameters = (ports: SweepPorts, scope: Scope) =>
  Promise.all(
    namesIn(scope, 'region').flatMap((region) =>
      namesIn(scope, 'prefix').map(async (prefix) => {
        const listed = await gather(ports.listings.parameters(region, prefix));
        const parameters = withoutInner(prefix, scope, listed.items);
        const listing = { region, prefix, isComplete: listed.error === undefined, parameters };
        return { listing, blind: blindSpot(`the parameters under ${prefix} in ${region}`, listed) };
      }),
    ),
  );

const isMissing = ({ error }: Gathered<unknown>): boolean =>
  error instanceof PermanentError && error.because === 'missing';

const listProjects = (ports: SweepPorts, scope: Scope) =>
  Promise.all(
    scope
      .filter(({ kind }) => kind === 'project')
      .map(async ({ name: project, droppedAt }) => {
        const listed = await gather(ports.listings.serviceAccounts(project));
        const broken = isMissing(listed) ? 'missing' : 'partly';
        const seen = listed.error === undefined ? 'whole' : broken;
        const listing = { project, seen, resources: listed.items } as const;
        // A project that was dropped because it was deleted has nothing left to see.
        const isGone = seen === 'missing' && droppedAt !== undefined;
        return {
          listing,
          blind: isGone ? [] : blindSpot(`the service accounts of project ${project}`, listed),
        };
      }),
  );

/** What the ledger lists: a refusal there is a read that could not be made. */
const listedResources = (table: TableView | undefined): readonly ResourceName[] =>
  [...(table?.ledgers.values() ?? [])].flatMap(({ entries }) => entries.map(({ resource }) => resource));

const askedResources = (
  settings: Settings,
  roles: readonly PresentRole[],
  now: Date,
): readonly ResourceName[] =>
  roles.flatMap((role) => {
    try {
      return desiredOf(role, settings, now).grants.map(({ target }) => serviceAccountResource(target.email));
    } catch {
      // Comparing it fails in the same way, and tells of it.
      return [];
    }
  });

interface Policies {
  readonly read: Map<ResourceName, ObservedPolicy>;
  readonly refused: Set<ResourceName>;
  readonly unseen: Map<ResourceName, Failure>;
}

/** Reads each policy that was not read yet. */
const readPolicies = async (
  settings: Settings,
  ports: SweepPorts,
  resources: readonly ResourceName[],
  { read, refused, unseen }: Policies,
): Promise<void> => {
  const isOpen = (resource: ResourceName): boolean =>
    !read.has(resource) &&
    !refused.has(resource) &&
    !unseen.has(resource) &&
    // The binding that lets our functions act in Google is never looked at, so it can never be touched.
    emailOfResource(resource) !== settings.google.serviceAccount;
  await pMap(
    [...new Set(resources)].filter(isOpen).toSorted(),
    async (resource) => {
      try {
        read.set(resource, await ports.policies.read(resource));
      } catch (thrown) {
        const error = toFailure(thrown);
        const isRefused = error instanceof PermanentError && error.because === 'notPermitted';
        if (isRefused) refused.add(resource);
        else unseen.set(resource, error);
      }
    },
    { concurrency: readConcurrency },
  );
};

/**
 * Looks at everything in the scope; whatever cannot be looked at is a blind spot and stops nothing else. Roles come last:
 * access that is granted meanwhile must not look like access that no tag explains.
 */
export const takeSnapshot = async (
  settings: Settings,
  ports: SweepPorts,
  scope: Scope,
  accountId: string,
  table: TableView | undefined,
): Promise<Seen> => {
  const [places, projects] = await Promise.all([listParameters(ports, scope), listProjects(ports, scope)]);
  const parameters = places.map(({ listing }) => listing);
  const known = listedResources(table);
  const listed = projects.flatMap(({ listing }) => listing.resources);
  const policies: Policies = { read: new Map(), refused: new Set(), unseen: new Map() };
  await readPolicies(settings, ports, [...listed, ...known], policies);
  const roles = await gather(ports.listings.roles(accountId));
  const asked = askedResources(settings, roles.items, ports.clock.now());
  await readPolicies(settings, ports, asked, policies);

  const { read, refused, unseen } = policies;
  const named = new Set([...known, ...asked]);
  for (const resource of refused) if (named.has(resource)) read.set(resource, { kind: 'unreadable' });
  return {
    accountId,
    roles: roles.items,
    isRolesComplete: roles.error === undefined,
    parameters,
    policies: read,
    unseen: new Set(unseen.keys()),
    table,
    projects: projects.map(({ listing }) => listing),
    notOptedIn: [...refused].filter((resource) => !named.has(resource)).toSorted(),
    blindSpots: [
      ...blindSpot(`the roles of account ${accountId}`, roles),
      ...[...places, ...projects].flatMap(({ blind }) => blind),
      ...[...unseen].map(([resource, error]) => ({
        what: `the allow policy of ${emailOfResource(resource)}`,
        reason: error.message,
      })),
    ],
  };
};
