import { presentBindings, settle, unwantedBindings } from './bindings.ts';
import { type Change, type Publish, type Unpublish, withoutDependents } from './change.ts';
import type { Drift } from './drift.ts';
import { folderOf, parameterPath, roleNameOfParameter } from './grant-parameters.ts';
import { desiredOf } from './guardrail.ts';
import { type OurBinding, ourBindings } from './iam-policy.ts';
import { proposed } from './mode.ts';
import type { PresentRole, RoleRef, RoleState } from './model.ts';
import {
  type ObservedFolder,
  type ObservedParameter,
  type ObservedPolicy,
  type ParameterId,
  parameterKey,
  resourcesOf,
} from './observed.ts';
import { type Ownerships, permittedByOwnership } from './ownership.ts';
import { planRole } from './plan.ts';
import type { AccountRegion } from './region.ts';
import type { Revocation } from './revocation-limit.ts';
import { type RoleKey, roleKey } from './role-key.ts';
import type { ResourceName } from './service-account.ts';
import { providerOf, regionsOf, type Settings } from './settings.ts';
import { accessEndedBy, isNamed, type MayRevoke, type RoleAccess, roleAccessOf } from './suppress.ts';
import type { TableView } from './table-view.ts';
import { isOurTag } from './tags.ts';
import { type AccessName, siteOfAccess } from './target.ts';

/** Everything that the sweep read. */
export interface Estate {
  /** Roles of every configured AWS account. */
  readonly roles: readonly PresentRole[];
  /** AWS accounts whose roles were all listed. Only there, a role that is not in the list is absent. */
  readonly listedAccounts: ReadonlySet<string>;
  readonly parameters: readonly ParameterListing[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy>;
  /** The owners of our pools: they decide which changes may be made. */
  readonly ownerships: Ownerships;
  /** Resources whose policies could not be read this time: nothing is concluded about them. */
  readonly unseen: ReadonlySet<ResourceName>;
  /** The ledger; undefined if it could not be read. */
  readonly table: TableView | undefined;
}

/** All parameters under one prefix in one region of an account, or those before the listing broke off. */
export interface ParameterListing extends AccountRegion {
  readonly prefix: string;
  readonly isComplete: boolean;
  readonly parameters: readonly ObservedParameter[];
}

export interface Comparison {
  /** Each role whose access differs from its tags, sorted by name. */
  readonly drifted: readonly DriftedRole[];
  readonly unclear: readonly UnclearRole[];
}

/** One drifted role: the changes that repair it, and which of them end access. */
export interface DriftedRole {
  readonly drift: Drift;
  readonly roleAccess: RoleAccess;
  readonly revocations: readonly Revocation[];
  /** Access whose entries may leave the ledger: binding and config were seen to be gone. */
  readonly mayLeave: readonly AccessName[];
}

/** A role that the comparison itself failed for: nothing is concluded about it. */
export interface UnclearRole {
  readonly ref: RoleRef;
  readonly error: unknown;
}

/**
 * Compares the access of every role with its tags. If comparing one role fails, the others are still compared. `namedGrants`: the grants
 * of a role that a supposed event names; a sweep names none.
 */
export const compare = (
  settings: Settings,
  snapshot: Estate,
  now: Date,
  namedGrants: (ref: RoleRef) => MayRevoke['grants'] = () => [],
): Comparison => {
  const roles = new Map(snapshot.roles.map((role) => [roleKey(role.ref), role]));
  const drifted: DriftedRole[] = [];
  const unclear: UnclearRole[] = [];
  const inOrder = [...foundRoles(settings, snapshot, roles)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Looking through all listings for each role would take time that grows with the square of the accounts.
  const broken = Map.groupBy(
    snapshot.parameters.filter(({ isComplete }) => !isComplete),
    ({ accountId }) => accountId,
  );
  for (const [, found] of inOrder) {
    const role = stateOf(settings, snapshot, roles, found.ref);
    if (role === undefined) continue;
    try {
      const one = compareRole(
        settings,
        {
          ...snapshot,
          broken: broken.get(found.ref.accountId) ?? [],
          named: namedGrants(found.ref),
        },
        now,
        role,
        found,
      );
      if (one !== undefined) drifted.push(one);
    } catch (error) {
      unclear.push({ ref: found.ref, error });
    }
  }
  return { drifted, unclear };
};

/** Everything found for one role, in any casing of its name; `ref` as IAM spells it, if it exists. */
interface Found {
  readonly ref: RoleRef;
  /** Its bindings in our pools. */
  readonly bound: Map<ResourceName, OurBinding[]>;
  readonly own: Map<string, ObservedParameter[]>;
  readonly strays: Stray[];
}

type Stray = ParameterId & ObservedParameter;

/** Every role with a tag of ours, and every other one that the ledger lists or that has a parameter or a binding of ours. */
const foundRoles = (
  settings: Settings,
  snapshot: Estate,
  roles: ReadonlyMap<RoleKey, PresentRole>,
): ReadonlyMap<RoleKey, Found> => {
  const found = new Map<RoleKey, Found>();
  const find = (ref: RoleRef): Found => {
    const key = roleKey(ref);
    const known = found.get(key);
    if (known !== undefined) return known;
    const made = { ref: roles.get(key)?.ref ?? ref, bound: new Map(), own: new Map(), strays: [] };
    found.set(key, made);
    return made;
  };
  for (const role of snapshot.roles) if (mayHaveOurTag(role, settings.tagKey)) find(role.ref);
  for (const { role } of snapshot.table?.ledgers.values() ?? []) find(role);
  for (const [resource, observed] of snapshot.policies)
    if (observed.kind === 'read')
      for (const binding of ourBindings(settings, resource, observed.policy)) {
        const { bound } = find(binding.ref);
        bound.set(resource, [...(bound.get(resource) ?? []), binding]);
      }
  // Last, because a folder does not show how its role is spelled.
  parametersOf(settings, snapshot, find);
  return found;
};

/** Whether a role has a tag of ours. If that cannot be seen, its comparison reports why. */
const mayHaveOurTag = (role: PresentRole, tagKey: string): boolean => {
  try {
    return role.tags.some(({ key }) => isOurTag(key, tagKey));
  } catch {
    return true;
  }
};

const parametersOf = (settings: Settings, snapshot: Estate, find: (ref: RoleRef) => Found): void => {
  for (const { accountId, region, prefix, parameters } of snapshot.parameters) {
    for (const parameter of parameters) {
      const roleName = roleNameOfParameter(prefix, parameter.name);
      if (roleName === undefined) continue;
      const ref = { partition: 'aws', accountId, roleName };
      const { ref: known, own, strays } = find(ref);
      const isOwn =
        regionsOf(settings, known.accountId).includes(region) &&
        folderOf(parameter.name) === parameterPath(settings.parameterPrefix, known);
      if (isOwn) own.set(region, [...(own.get(region) ?? []), parameter]);
      else strays.push({ region, ...parameter });
    }
  }
};

/** Undefined if it is unknown: the role was not seen, and the list of its account's roles is not complete. */
const stateOf = (
  settings: Settings,
  snapshot: Estate,
  roles: ReadonlyMap<string, PresentRole>,
  ref: RoleRef,
): RoleState | undefined => {
  const present = roles.get(roleKey(ref));
  if (present !== undefined) return present;
  const isConfigured = providerOf(settings, ref) !== undefined;
  return isConfigured && !snapshot.listedAccounts.has(ref.accountId) ? undefined : { kind: 'absent', ref };
};

/** The estate as the comparison of one role sees it. */
interface RoleEstate extends Estate {
  /** The listings of its account that broke off. */
  readonly broken: readonly ParameterListing[];
  readonly named: MayRevoke['grants'];
}

const compareRole = (
  settings: Settings,
  snapshot: RoleEstate,
  now: Date,
  role: RoleState,
  found: Found,
): DriftedRole | undefined => {
  const asked = desiredOf(role, settings, now);
  const folders = foldersOf(settings, found);
  const entries = snapshot.table?.ledgers.get(roleKey(found.ref))?.entries ?? [];
  const resources = new Set([...resourcesOf(settings, asked, entries), ...found.bound.keys()]);
  const policies = new Map(
    [...resources].flatMap((resource): readonly (readonly [ResourceName, ObservedPolicy])[] => {
      const policy = snapshot.policies.get(resource);
      return policy === undefined ? [] : [[resource, policy]];
    }),
  );
  const view = { role, folders, policies, entries };
  // Searching the policies for each role would take time that grows with the roles times the members.
  const { desired, bindings } = settle(settings, role.ref, asked, policies, now, (owned) =>
    presentBindings(view, owned, (resource) => found.bound.get(resource) ?? []),
  );
  const whole = planRole(settings, view, desired, now, bindings);
  const all = permittedByOwnership(settings, snapshot.ownerships, proposed(settings.mode, whole));
  const blind = all
    .filter(isBlind(settings, snapshot, found, accessNotBindable(snapshot, all)))
    .map(({ id }) => id);
  const changes = withoutDependents(all, new Set(blind));
  if (changes.length === 0) return undefined;
  const unwanted = unwantedBindings(view, bindings);
  const roleAccess = roleAccessOf(settings, role, desired, { ...bindings, unwanted, policies }, all, now);
  const lost = changes.flatMap((change) => accessEndedBy(change, roleAccess, now));
  const gone = new Set(changes.flatMap((change) => (isRemoval(change) ? [parameterKey(change)] : [])));
  return {
    drift: {
      ref: role.ref,
      ...(role.kind === 'present' ? { roleId: role.roleId } : {}),
      changes,
      resources: [...found.bound.keys()].toSorted(),
      strays: found.strays
        .filter((stray) => gone.has(parameterKey(stray)))
        .map(({ region, name }) => ({ region, name })),
      released: [],
      mayLeave: [],
      absent: [...policies]
        .flatMap(([resource, { kind }]) => (kind === 'absent' ? [resource] : []))
        .toSorted(),
    },
    roleAccess,
    revocations: [...new Set(lost)].map((access) => ({ role: role.ref, access })),
    mayLeave: snapshot.broken.length === 0 ? withoutAccess(changes, whole) : [],
  };
};

const isRemoval = (change: Change): change is Extract<Change, { kind: 'unpublish' | 'removeStatus' }> =>
  change.kind === 'unpublish' || change.kind === 'removeStatus';

/** The role's folders as reconcile would see them: its own, and its strays grouped by folder. */
const foldersOf = (settings: Settings, { ref, own, strays }: Found): readonly ObservedFolder[] => [
  ...regionsOf(settings, ref.accountId).map(
    (region): ObservedFolder => ({
      kind: 'read',
      region,
      path: parameterPath(settings.parameterPrefix, ref),
      parameters: own.get(region) ?? [],
    }),
  ),
  ...strays.map(
    ({ region, ...parameter }): ObservedFolder => ({
      kind: 'read',
      region,
      path: folderOf(parameter.name),
      parameters: [parameter],
    }),
  ),
];

/** Access that a tag asks for and that cannot be bound now: its Google role could not be read, or the policy was not seen. */
const accessNotBindable = ({ unseen }: Estate, changes: readonly Change[]): ReadonlySet<AccessName> =>
  new Set(
    changes.flatMap((change) =>
      change.kind === 'bind' && (change.blocked !== undefined || unseen.has(change.resource))
        ? [change.access]
        : [],
    ),
  );

/**
 * A missing item may simply not have been seen; skip it. Skip what ends access that is `notBindable`, too: reconcile keeps what the
 * role has of it until the new binding is made, but for the configs of grants that its event names.
 */
const isBlind = (
  settings: Settings,
  snapshot: RoleEstate,
  { ref, own }: Found,
  notBindable: ReadonlySet<AccessName>,
) => {
  const isLedgerUnseen = snapshot.table === undefined || snapshot.table.unreadableRoles.has(roleKey(ref));
  const broken = new Set(
    snapshot.broken.filter(({ prefix }) => prefix === settings.parameterPrefix).map(({ region }) => region),
  );
  const isKept = (change: Publish | Unpublish): boolean =>
    // Google's client libraries would send signed requests wherever an altered config says.
    change.isAltered !== true && !isNamed(change, snapshot.named);
  const isUnlistedThere = ({ region, name }: ParameterId): boolean =>
    broken.has(region) && !own.get(region)?.some((one) => one.name === name);
  return (change: Change): boolean => {
    switch (change.kind) {
      case 'bind':
      case 'unbind':
        return notBindable.has(change.access) || snapshot.unseen.has(change.resource);
      case 'removeStatus':
        return false;
      case 'publish':
        return (
          (isKept(change) && change.replaces.some((access) => notBindable.has(access))) ||
          isUnlistedThere(change)
        );
      case 'writeStatus':
        return isUnlistedThere(change);
      case 'unpublish':
        return change.behind.some((access) =>
          notBindable.has(access)
            ? isKept(change)
            : // The config belongs to access that was not seen, so it was not counted.
              snapshot.unseen.has(siteOfAccess(access).resource),
        );
      case 'list':
      case 'unlist':
        return snapshot.unseen.has(change.resource) || isLedgerUnseen;
    }
  };
};

/** Access of which neither a binding nor a config is left: its entry may leave the ledger. */
const withoutAccess = (changes: readonly Change[], whole: readonly Change[]): readonly AccessName[] => {
  const left = new Set(
    whole.flatMap((change) => {
      if (change.kind === 'unpublish') return change.behind;
      if (change.kind === 'publish') return change.replaces;
      return change.kind === 'unbind' ? [change.access] : [];
    }),
  );
  return changes.flatMap((change) =>
    change.kind === 'unlist' && !left.has(change.access) ? [change.access] : [],
  );
};
