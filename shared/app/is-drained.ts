import type { ParameterListing } from '../core/compare.ts';
import { readPublished } from '../core/credential-config.ts';
import { roleNameOfParameter } from '../core/grant-parameters.ts';
import { type OurBinding, ourBindings } from '../core/iam-policy.ts';
import { poolOfMember } from '../core/member.ts';
import { looksOurs } from '../core/observed.ts';
import { isProjectNumber, namesIn, placeName, type Scope, type Watched } from '../core/scope.ts';
import { isServiceAccountResource, projectOfResource, type ResourceName } from '../core/service-account.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { type AccessName, accessOf, siteOfAccess } from '../core/target.ts';
import type { Snapshot } from './snapshot.ts';

/** The things of the scope that the file no longer names, that were read completely, and in which nothing of ours is left. */
export const drainedIn = (settings: Settings, seen: Snapshot, scope: Scope): readonly Watched[] => {
  const listings = Map.groupBy(seen.parameters, ({ accountId, region }) => placeName(accountId, region));
  // An account that left the file is not listed. It may have configs below any prefix and for any pool.
  const areAllListed = namesIn(scope, 'place').every((place) => listings.has(place));
  return scope.filter((one) => isDrained({ settings, seen, scope, listings, areAllListed }, one));
};

interface Search {
  readonly settings: Settings;
  readonly seen: Snapshot;
  readonly scope: Scope;
  /** By place. */
  readonly listings: ReadonlyMap<string, readonly ParameterListing[]>;
  readonly areAllListed: boolean;
}

const isDrained = (search: Search, { kind, name }: Watched): boolean => {
  const { settings, seen, scope, areAllListed } = search;
  switch (kind) {
    case 'project': {
      // If a project cannot be listed, no answer of Google's proves that it is gone.
      const isSeen = seen.projects.every(({ project, isComplete }) => project !== name || isComplete);
      const resources = droppedResources(seen, scope, name);
      return (
        isSeen && !mayBeListed(seen, name, resources) && resources.every((one) => isFree(settings, seen, one))
      );
    }
    case 'pool':
      return isPoolClean(search, name);
    case 'site':
      return isSiteClean(search, name);
    case 'account':
      // We can no longer read its parameters: a person must confirm that it is gone.
      return false;
    case 'region':
      return isEmptyPlace(search, placeName(homeOf(settings), name));
    case 'place':
      return isEmptyPlace(search, name);
    case 'prefix':
      return (
        areAllListed &&
        seen.parameters
          .filter(({ prefix }) => prefix === name)
          .every((listing) => isEmptyListing(settings, listing))
      );
  }
};

/** Whether neither the ledger nor the policy has a binding of ours at the site. What was there before us stays. */
const isSiteClean = ({ settings, seen }: Search, access: AccessName): boolean => {
  const { table, policies } = seen;
  if (table === undefined || table.unreadableRoles.size > 0) return false;
  const isListed = [...table.ledgers.values()].some(({ entries }) =>
    entries.some((entry) => accessOf(entry) === access),
  );
  const { resource } = siteOfAccess(access);
  const observed = policies.get(resource);
  return (
    !isListed &&
    (observed?.kind === 'absent' ||
      (observed?.kind === 'read' &&
        !ourBindings(settings, resource, observed.policy).some(
          (one) => one.isInherited !== true && accessOf({ ...one, resource }) === access,
        )))
  );
};

/** A place that was not listed may hold anything: its account is no longer configured. */
const isEmptyPlace = ({ settings, listings }: Search, place: string): boolean =>
  listings.get(place)?.every((listing) => isEmptyListing(settings, listing)) === true;

const isEmptyListing = (settings: Settings, { prefix, isComplete, parameters }: ParameterListing): boolean =>
  isComplete &&
  !parameters.some(
    // If no role has a folder there, nothing was ever published.
    (parameter) =>
      roleNameOfParameter(prefix, parameter.name) !== undefined && looksOurs(settings, parameter),
  );

/** Accounts of a dropped project, without those that the file still names by the project's other name (id, number). */
const droppedResources = (seen: Snapshot, scope: Scope, project: string): readonly ResourceName[] => {
  const isNamed = (name: string): boolean =>
    scope.some((one) => one.kind === 'project' && one.name === name && one.droppedAt === undefined);
  const kept = new Set(seen.projects.flatMap((one) => (isNamed(one.project) ? one.resources : [])));
  return seen.projects
    .flatMap((one) => (one.project === project ? one.resources : []))
    .filter((resource) => !kept.has(resource));
};

/**
 * Whether the ledger may list a binding on an account of the project: until its entry has left, the account can come back
 * with its binding. An account that no listing has may be of any project if its e-mail names a number, or none.
 */
const mayBeListed = (
  { table, projects }: Snapshot,
  project: string,
  resources: readonly ResourceName[],
): boolean => {
  if (table === undefined || table.unreadableRoles.size > 0) return true;
  const listed = new Set(projects.flatMap((one) => one.resources));
  const own = new Set(resources);
  return [...table.ledgers.values()].some(({ entries }) =>
    entries.some(({ resource }) => {
      // Other resources have entries of their own in the scope.
      if (!isServiceAccountResource(resource)) return false;
      const id = projectOfResource(resource);
      const isAnyOnes = isProjectNumber(id) || id === '-';
      return id === project || own.has(resource) || (isAnyOnes && !listed.has(resource));
    }),
  );
};

const isFree = (settings: Settings, seen: Snapshot, resource: ResourceName): boolean => {
  if (resource === seen.own?.resource) return seen.own.bindings?.length === 0;
  const policy = seen.policies.get(resource);
  switch (policy?.kind) {
    case 'absent':
      return true;
    case 'read':
      return ourBindings(settings, resource, policy.policy).length === 0;
    case 'unreadable':
    case undefined:
      return false;
  }
};

/** Whether nothing in the ledger, a policy or a parameter names the pool. For another owner's pool, only the ledger counts. */
const isPoolClean = ({ settings, seen, areAllListed }: Search, pool: string): boolean => {
  const { table, ownerships, projects, policies, parameters } = seen;
  if (table === undefined || table.unreadableRoles.size > 0) return false;
  const isListed = [...table.ledgers.values()].some(({ entries }) =>
    entries.some(({ member }) => member.startsWith(`principalSet://iam.googleapis.com/${pool}/`)),
  );
  if (isListed) return false;
  if (ownerships.get(pool)?.kind === 'another') return true;
  const isSeen =
    seen.unseen.size + seen.notReadable.length + seen.notOptedIn.length === 0 &&
    (seen.own === undefined || seen.own.bindings !== undefined) &&
    [...projects, ...parameters].every(({ isComplete }) => isComplete) &&
    areAllListed;
  const isOfPool = ({ member }: OurBinding): boolean => poolOfMember(settings, member) === pool;
  const isBound =
    seen.own?.bindings?.some(isOfPool) === true ||
    [...policies].some(
      ([resource, observed]) =>
        observed.kind === 'unreadable' ||
        (observed.kind === 'read' &&
          ourBindings(settings, resource, observed.policy).some(
            (one) => one.isInherited !== true && isOfPool(one),
          )),
    );
  const isPublished = parameters.some((listing) =>
    listing.parameters.some(({ name, value }) => {
      const published = readPublished(settings, value);
      return (
        roleNameOfParameter(listing.prefix, name) !== undefined &&
        published.kind !== 'foreign' &&
        published.pool === pool
      );
    }),
  );
  return isSeen && !isBound && !isPublished;
};
