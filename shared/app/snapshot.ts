import pMap from 'p-map';
import { boundRoles } from '../core/bound-roles.ts';
import type { Estate } from '../core/compare.ts';
import { type Failure, toFailure } from '../core/errors.ts';
import { prefixOfParameter } from '../core/grant-parameters.ts';
import { desiredOf } from '../core/guardrail.ts';
import { ourBindings } from '../core/iam-policy.ts';
import type { PresentRole } from '../core/model.ts';
import type { ObservedPolicy } from '../core/observed.ts';
import { otherOwnerAt } from '../core/other-owner.ts';
import type { AccountRegion } from '../core/region.ts';
import { namesIn, type Scope, usedRegions } from '../core/scope.ts';
import type { ResourceName } from '../core/service-account.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import type { TableView } from '../core/table-view.ts';
import { usedTags } from '../core/tags.ts';
import { siteOf, siteOfAccess } from '../core/target.ts';
import type { Pages, SweepPorts } from '../ports.ts';
import { type BlindSpot, policyName, projectListing } from './blind-spot.ts';
import { readOwnerships } from './observe.ts';
import { type OwnAccount, ownAccount } from './own-account.ts';
import { type Policies, readPolicies, sortedOut } from './read-policies.ts';

export interface Snapshot extends Estate {
  readonly projects: readonly ProjectListing[];
  /** Accounts that tags ask for and that, as Google confirms, rolebridge has no permission on. */
  readonly notOptedIn: readonly ResourceName[];
  /** Listed accounts that we lack the permission to read, and that no tag and no ledger entry names. */
  readonly notReadable: readonly ResourceName[];
  /** rolebridge's own account, where a project in the scope has it or the ledger lists a role on it. */
  readonly own?: OwnAccount;
  readonly blindSpots: readonly BlindSpot[];
  /** Those among them that are in one AWS account. */
  readonly blindSpotsOfAccounts: ReadonlyMap<string, readonly BlindSpot[]>;
}

export interface ProjectListing {
  readonly project: string;
  readonly isComplete: boolean;
  readonly resources: readonly ResourceName[];
}

/**
 * Reads everything in the scope. If something cannot be read, it is a blind spot and stops nothing else. Roles come last:
 * otherwise access that is granted during the sweep would look like access that no tag explains.
 */
export const takeSnapshot = async (
  settings: Settings,
  ports: SweepPorts,
  scope: Scope,
  table: TableView | undefined,
): Promise<Snapshot> => {
  const [places, projects, ownerships] = await Promise.all([
    listParameters(settings, ports, scope),
    listProjects(settings, ports, scope),
    readOwnerships(settings, ports.ownerships),
  ]);
  const parameters = places.map(({ listing }) => listing);
  const known = [...listedResources(table), ...enteredResources(scope)];
  const listed = projects.flatMap(({ listing }) => listing.resources);
  const found: Policies = { read: new Map(), failures: new Map() };
  await readPolicies(settings, ports, [...listed, ...known], found);
  const { roles, listedAccounts, blind: unlistedRoles } = await listRoles(settings, ports);
  const unlistedParameters = unlistedPlaces(settings, places);
  const inAccounts = [...unlistedRoles, ...unlistedParameters];
  const asked = askedResources(settings, roles, ports.clock.now());
  await readPolicies(settings, ports, asked, found);
  const reasons = { listed: new Set(listed), recorded: new Set(known), asked: new Set(asked) };
  const { blind, ...seen } = await sortedOut(ports, reasons, found);
  const own = await ownAccount(settings, ports, reasons);
  const strangers = boundAtStrangers(settings, scope, seen.policies);
  return {
    roles,
    listedAccounts,
    parameters,
    ...seen,
    unseen: new Set([...seen.unseen, ...strangers.map(({ resource }) => resource)]),
    notReadable: own?.isNotReadable === true ? [...seen.notReadable, own.resource] : seen.notReadable,
    ...(own === undefined ? {} : { own }),
    table,
    ownerships,
    projects: projects.map(({ listing }) => listing),
    blindSpots: [
      ...[...ownerships].flatMap(([pool, ownership]) =>
        ownership.kind === 'ours'
          ? []
          : [
              {
                what: `the owner of pool ${pool.slice(pool.lastIndexOf('/') + 1)}`,
                reason: ownership.reason,
              },
            ],
      ),
      ...(own?.blindSpots ?? []),
      ...inAccounts.map(({ spot }) => spot),
      ...projects.flatMap((one) => one.blind),
      ...blind,
      ...strangers.map(({ resource, reason }) => ({ what: policyName(resource), reason })),
    ],
    blindSpotsOfAccounts: new Map(
      [...Map.groupBy(inAccounts, ({ accountId }) => accountId)].map(([id, spots]) => [
        id,
        spots.map(({ spot }) => spot),
      ]),
    ),
  };
};

/** AWS accounts that are read at the same time. */
const accountConcurrency = 16;

const listParameters = async (settings: Settings, ports: SweepPorts, scope: Scope) => {
  const prefixes = namesIn(scope, 'prefix');
  const list = async (place: AccountRegion, prefix: string) => {
    const listed = await gather(ports.listings.parameters(place, prefix));
    const parameters = listed.items.filter(({ name }) => prefixOfParameter(prefixes, name) === prefix);
    const listing = { ...place, prefix, isComplete: listed.error === undefined, parameters };
    return { listing, error: listed.error };
  };
  const regionsIn = usedRegions(settings, scope);
  const found = await pMap(
    settings.accounts,
    ({ id: accountId }) =>
      Promise.all(
        regionsIn(accountId).flatMap((region) =>
          prefixes.map((prefix) => list({ accountId, region }, prefix)),
        ),
      ),
    { concurrency: accountConcurrency },
  );
  return found.flat();
};

/** One blind spot for all regions of an account that have the same reason: an account that lets no one in has many. */
const unlistedPlaces = (
  settings: Settings,
  places: Awaited<ReturnType<typeof listParameters>>,
): readonly { readonly accountId: string; readonly spot: BlindSpot }[] => {
  const unlisted = places.flatMap(({ listing: { accountId, region, prefix }, error }) =>
    error === undefined ? [] : [{ accountId, region, prefix, reason: error.message }],
  );
  const same = Map.groupBy(unlisted, ({ accountId, prefix, reason }) =>
    JSON.stringify([accountId, prefix, reason]),
  );
  return [...same.values()].flatMap((group) =>
    group.slice(0, 1).map(({ accountId, prefix, reason }) => {
      const regions = group.map(({ region }) => region).join(' and ');
      const what = `the parameters under ${prefix} in ${regions}${ofMember(settings, accountId)}`;
      return { accountId, spot: { what, reason } };
    }),
  );
};

/** Whether the roles of all configured AWS accounts were listed. */
export const areRolesComplete = (
  { accounts }: Settings,
  { listedAccounts }: Pick<Snapshot, 'listedAccounts'>,
): boolean => accounts.every(({ id }) => listedAccounts.has(id));

/** Names an AWS account other than the one deployed to. */
const ofMember = (settings: Settings, accountId: string): string =>
  accountId === homeOf(settings) ? '' : ` of account ${accountId}`;

/** The roles of all configured AWS accounts. An account that cannot be listed is a blind spot, and the others are read. */
const listRoles = async (settings: Settings, ports: SweepPorts) => {
  const found = await pMap(
    settings.accounts,
    async ({ id }) => ({ id, listed: await gather(withUsedTags(settings, ports.listings.roles(id))) }),
    { concurrency: accountConcurrency },
  );
  return {
    roles: found.flatMap(({ listed }) => listed.items),
    listedAccounts: new Set(found.flatMap(({ id, listed }) => (listed.error === undefined ? [id] : []))),
    blind: found.flatMap(({ id, listed }) =>
      blindSpot(`the roles of account ${id}`, listed).map((spot) => ({ accountId: id, spot })),
    ),
  };
};

/** All tags of 200,000 roles would not fit into the function's memory. */
const withUsedTags = async function* ({ tagKey }: Settings, pages: Pages<PresentRole>): Pages<PresentRole> {
  for await (const page of pages) yield page.map((role) => withoutOtherTags(role, tagKey));
};

const withoutOtherTags = (role: PresentRole, tagKey: string): PresentRole => {
  try {
    return { ...role, tags: usedTags(role.tags, tagKey) };
  } catch {
    // Comparing this role fails in the same way, and reports it.
    return role;
  }
};

interface Gathered<T> {
  readonly items: readonly T[];
  readonly error?: Failure;
}

/** All pages, or those before the first that failed, with the failure. */
export const gather = async <T>(pages: Pages<T>): Promise<Gathered<T>> => {
  const items: T[] = [];
  try {
    for await (const page of pages) items.push(...page);
    return { items };
  } catch (thrown) {
    return { items, error: toFailure(thrown) };
  }
};

const blindSpot = (what: string, { error }: Gathered<unknown>): readonly BlindSpot[] =>
  error === undefined ? [] : [{ what, reason: error.message }];

const listProjects = (settings: Settings, ports: SweepPorts, scope: Scope) =>
  Promise.all(
    namesIn(scope, 'project').map(async (project) => {
      const listed = await gather(ports.listings.serviceAccounts(project));
      const listing = { project, isComplete: listed.error === undefined, resources: listed.items } as const;
      return { listing, blind: unlisted(settings, project, listed) };
    }),
  );

/** If the file no longer names the project, a person can declare it gone. */
const unlisted = ({ google }: Settings, project: string, listed: Gathered<unknown>): readonly BlindSpot[] =>
  blindSpot(projectListing(project), listed).map(({ what, reason }) => ({
    what,
    reason: google.projects.includes(project)
      ? reason
      : `${reason.replace(/\.$/, '')}. If the project is gone permanently: rolebridge forget --project ${project}`,
  }));

/** Resources that the ledger lists. If Google refuses to show one, the read failed. */
const listedResources = (table: TableView | undefined): readonly ResourceName[] =>
  [...(table?.ledgers.values() ?? [])].flatMap(({ entries }) => entries.map(({ resource }) => resource));

/** Resources on which Google roles were granted. One that the file names and that was never used is not read. */
const enteredResources = (scope: Scope): readonly ResourceName[] =>
  scope.flatMap(({ kind, name, since }) =>
    kind === 'site' && since !== undefined ? [siteOfAccess(name).resource] : [],
  );

const askedResources = (
  settings: Settings,
  roles: readonly PresentRole[],
  now: Date,
): readonly ResourceName[] =>
  roles.flatMap((role) => {
    try {
      return desiredOf(role, settings, now).grants.map(({ target }) => siteOf(target).resource);
    } catch {
      // Comparing this role fails in the same way, and reports it.
      return [];
    }
  });

/**
 * Buckets whose names others have now, with members of our pools at our sites: who bound them there is not known, and the policy is
 * not ours to edit.
 */
const boundAtStrangers = (
  settings: Settings,
  scope: Scope,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
): readonly { readonly resource: ResourceName; readonly reason: string }[] => {
  const resources = new Set(
    scope.flatMap(({ kind, name }) => (kind === 'site' ? [siteOfAccess(name).resource] : [])),
  );
  return [...resources].flatMap((resource) => {
    const observed = policies.get(resource);
    const stranger = observed?.kind === 'read' ? otherOwnerAt(scope, resource, observed.owner) : undefined;
    if (observed?.kind !== 'read' || stranger === undefined) return [];
    const names = boundRoles(ourBindings(settings, resource, observed.policy));
    return names === '' ? [] : [{ resource, reason: `It gives access to ${names}. ${stranger}` }];
  });
};

/** Accounts that do not count as blind spots, although one of them may hold a binding of ours. */
export const unreadAccounts = ({
  notReadable,
  notOptedIn,
}: Pick<Snapshot, 'notReadable' | 'notOptedIn'>): readonly BlindSpot[] => {
  const count = notReadable.length;
  const reason =
    'their allow policies may not be read: this needs iam.serviceAccounts.getIamPolicy on the project, as in roles/iam.securityReviewer';
  return [
    ...(count === 0 ? [] : [{ what: `${count} service account${count === 1 ? '' : 's'}`, reason }]),
    ...notOptedIn.map((resource) => ({
      what: policyName(resource),
      reason: 'its owner has not opted it in',
    })),
  ];
};
