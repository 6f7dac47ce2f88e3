import { type InheritedMember, inheritedMembers } from '../core/adopt.ts';
import { asciiLower } from '../core/ascii.ts';
import type { Change } from '../core/change.ts';
import { differingFields } from '../core/credential-config.ts';
import { resourceKindOf } from '../core/google-resource.ts';
import { type Desired } from '../core/guardrail.ts';
import { type AccountSummary, summaryOf } from '../core/held.ts';
import { conditionsOf } from '../core/iam-policy.ts';
import { isRoleUnseen } from '../core/is-role-unseen.ts';
import { type PresentRole, type RoleRef, type Tag, targetText } from '../core/model.ts';
import { otherOwnerAt } from '../core/other-owner.ts';
import { optInCommand } from '../core/policy-permissions.ts';
import { queryHint } from '../core/query-hint.ts';
import { revocationsHash } from '../core/revocation-limit.ts';
import { assertUnambiguous, isNamedRole, type NamedRole, suggestionOf } from '../core/role-argument.ts';
import { keyName, roleKey } from '../core/role-key.ts';
import { scopeSortKey, usedScope, writeScopeEntry } from '../core/scope.ts';
import { isServiceAccountResource, type ResourceName } from '../core/service-account.ts';
import { accountIdsOf, homeOf, type Mode, type Settings } from '../core/settings.ts';
import { settledDesired } from '../core/settled-desired.ts';
import { type MayRevoke, mayRevokeOf, suppress } from '../core/suppress.ts';
import { scopePartition } from '../core/table-item.ts';
import { isOurTag, nearMisses } from '../core/tags.ts';
import { resourceText, siteOf } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import type { BlindSpot } from './blind-spot.ts';
import { knownRoles, type MissingRole, missingRoles } from './missing-roles.ts';
import type { Snapshot } from './snapshot.ts';
import { leftAccountsIn, type Survey, survey, type UnmanagedParameter } from './survey.ts';

export interface ForecastOptions {
  /** @default all roles */
  readonly roles?: readonly NamedRole[];
  /** Shows only roles of this AWS account. @default all accounts */
  readonly accountId?: string;
  readonly whatIf?: WhatIf;
  /** The settings in force now, if `plan` was asked about other ones. Anything that only these name would be cleared. */
  readonly current?: Settings;
}

/** Tags that we suppose a role to have. */
export interface WhatIf {
  readonly roleName: string;
  /** @default the account deployed to */
  readonly accountId?: string;
  readonly tags: readonly Tag[];
  /** Keys of tags that we suppose it to lose. */
  readonly untagged: readonly string[];
}

/** The changes that the deployed functions would make now. */
export interface Forecast {
  /** The AWS account deployed to. */
  readonly accountId: string;
  /** All configured AWS accounts. */
  readonly accounts: readonly string[];
  readonly mode: Mode;
  readonly roles: readonly RoleForecast[];
  /** Revocations that the limit would release and hold, by AWS account. */
  readonly limits: readonly AccountSummary[];
  readonly blindSpots: readonly BlindSpot[];
  /** Service accounts that the caller may not read and that no tag and no ledger entry names. */
  readonly notReadable: readonly ResourceName[];
  readonly leftAlone: readonly UnmanagedParameter[];
  /** Members that resources had before rolebridge used them, and that no person has answered for. */
  readonly inherited: readonly InheritedMember[];
  /** AWS accounts that left rolebridge.yml, and that the table still names. */
  readonly leftAccounts: readonly string[];
  /** Keys of supposed removals that the role has no tag of. */
  readonly notTagged: readonly string[];
  /** Named roles that do not exist and that have nothing left. */
  readonly missing: readonly MissingRole[];
  /** The supposed tags are those of a role that does not exist yet. */
  readonly newRole?: MissingRole;
  /** A person asked for everything to be removed, and no one has resumed yet. */
  readonly revokeAll?: Survey['revokeAll'];
}

export interface RoleForecast extends Desired {
  readonly ref: RoleRef;
  /** Undefined if the role does not exist, or was not seen. */
  readonly roleId?: string;
  /** Its AWS account is not in the file: the role may exist. */
  readonly isRoleUnseen?: true;
  readonly changes: readonly ForecastChange[];
  /** Service accounts that its tags ask for and whose allow policies could not be read: it may be bound there or not. */
  readonly unknown: readonly string[];
  /** Keys of its tags that rolebridge does not read, one or two letters away from ours. */
  readonly nearMisses: readonly string[];
  /** Hints about grants that alone are of no use. */
  readonly hints: readonly string[];
}

/** One change that would be made, and anything that may prevent it. */
export interface ForecastChange {
  readonly change: Change;
  /** The revocation limit holds it. */
  readonly isHeld: boolean;
  /** Why it would fail, or might. */
  readonly obstacle?: string;
  /** It would fail: the obstacle leaves no doubt. */
  readonly isImpossible?: true;
  /** The fields in which the published config differs from the one that this would write. */
  readonly differs?: readonly string[];
}

/** Plans what the deployed functions would do now, with their own code. It writes nothing. */
export const plan = async (
  settings: Settings,
  ports: SweepPorts,
  options: ForecastOptions = {},
): Promise<Forecast> => {
  const { whatIf, current } = options;
  const looking = current === undefined ? ports : afterSettings(ports, current);
  let before: PresentRole | undefined;
  const supposed =
    whatIf === undefined
      ? looking
      : withTags(looking, settings, whatIf, (role) => {
          before = role;
        });
  const found = await survey(settings, supposed, {
    namedGrants: (ref) =>
      whatIf !== undefined && isMeant(settings, ref, whatIf) ? namedBy(settings, whatIf).grants : [],
  });
  return forecast(settings, found, options, before);
};

/** The plan of a survey. `before`: the role of `whatIf` as it is, if it exists. */
export const forecast = (
  settings: Settings,
  found: Survey,
  { roles: named = [], accountId, whatIf }: ForecastOptions = {},
  before?: PresentRole,
): Forecast => {
  const tags = before?.tags ?? [];
  const known = knownRoles(found);
  for (const one of named) assertUnambiguous(one, known);
  const isAsked = ({ ref }: RoleForecast) => named.some((one) => isNamedRole(ref, one));
  const roles = roleForecasts(found.settings, found, whatIf)
    .filter(({ ref }) => accountId === undefined || ref.accountId === accountId)
    .filter((role) =>
      named.length === 0
        ? role.changes.length + role.refusals.length + role.unknown.length > 0
        : isAsked(role),
    );
  const isNew =
    before === undefined &&
    found.seen.listedAccounts.has(accountOf(settings, whatIf)) &&
    (whatIf?.tags.length ?? 0) > 0;
  return {
    accountId: homeOf(settings),
    accounts: accountIdsOf(settings),
    mode: settings.mode,
    roles,
    limits: found.limits.map((account) =>
      summaryOf(account, found.table.view?.held.lists.has(revocationsHash(account.held)) === true),
    ),
    ...(found.revokeAll === undefined ? {} : { revokeAll: found.revokeAll }),
    blindSpots: found.seen.blindSpots,
    notReadable: found.seen.notReadable,
    leftAlone: found.unmanaged,
    inherited: unanswered(found).filter(
      ({ role }) =>
        (accountId === undefined || role.accountId === accountId) &&
        (named.length === 0 || named.some((one) => isNamedRole(role, one))),
    ),
    leftAccounts: leftAccountsIn(found),
    notTagged: (whatIf?.untagged ?? []).filter((key) => !tags.some((tag) => isSameKey(tag.key, key))),
    missing: missingRoles(found, named),
    ...(isNew && whatIf !== undefined ? { newRole: newRole(found, whatIf) } : {}),
  };
};

/** Inherited members that wait for an answer, without those that are confirmed gone. */
const unanswered = ({ settings, table: { view }, seen }: Survey): readonly InheritedMember[] =>
  view === undefined
    ? []
    : inheritedMembers(settings, view).filter(({ isKept, resource, googleRole, member }) => {
        const observed = seen.policies.get(resource);
        if (isKept === true || observed?.kind === 'absent') return false;
        return observed?.kind !== 'read' || conditionsOf(observed.policy, googleRole, member).length > 0;
      });

/** A role that does not exist yet may be a typo. */
const newRole = ({ seen, settings }: Survey, whatIf: WhatIf): MissingRole => {
  const { roleName } = whatIf;
  const accountId = accountOf(settings, whatIf);
  const others = seen.roles
    .map(({ ref }) => ref.roleName)
    .filter((name) => keyName(name) !== keyName(roleName));
  return { roleName, accountId, suggestion: suggestionOf(roleName, others) };
};

/** The table as it is once the settings that are in force now have been used. */
const afterSettings = (ports: SweepPorts, current: Settings): SweepPorts => {
  const now = ports.clock.now();
  const used = usedScope(current).map((entry) => ({
    pk: scopePartition,
    sk: scopeSortKey(entry),
    revision: 'none yet',
    body: writeScopeEntry(entry, now),
  }));
  return {
    ...ports,
    table: {
      ...ports.table,
      scan: async function* () {
        yield used;
        for await (const page of ports.table.scan())
          yield page.filter(({ pk, sk }) => !used.some((one) => one.pk === pk && one.sk === sk));
      },
    },
  };
};

/**
 * The account's roles with one of them tagged otherwise; with one more, if none has that name and it is to have tags.
 * `onFound` gets the role as it is.
 */
const withTags = (
  ports: SweepPorts,
  settings: Settings,
  whatIf: WhatIf,
  onFound: (role: PresentRole) => void,
): SweepPorts => {
  const isSupposed = ({ ref }: PresentRole) => isMeant(settings, ref, whatIf);
  return {
    ...ports,
    listings: {
      ...ports.listings,
      roles: async function* (accountId) {
        if (accountId !== accountOf(settings, whatIf)) return yield* ports.listings.roles(accountId);
        let isThere = false;
        for await (const page of ports.listings.roles(accountId)) {
          const found = page.find(isSupposed);
          if (found !== undefined) onFound(found);
          isThere ||= found !== undefined;
          yield page.map((role) =>
            isSupposed(role) ? { ...role, tags: tagsAfter(role.tags, whatIf) } : role,
          );
        }
        const { roleName } = whatIf;
        const ref = { partition: 'aws', accountId, roleName };
        const arn = `arn:aws:iam::${accountId}:role/${roleName}`;
        const tags = tagsAfter([], whatIf);
        if (!isThere && tags.length > 0) yield [{ kind: 'present', ref, roleId: 'none yet', arn, tags }];
      },
    },
  };
};

const isMeant = (settings: Settings, ref: RoleRef, whatIf: WhatIf): boolean =>
  isNamedRole(ref, { roleName: whatIf.roleName, accountId: accountOf(settings, whatIf) });

const accountOf = (settings: Settings, whatIf: WhatIf | undefined): string =>
  whatIf?.accountId ?? homeOf(settings);

const tagsAfter = (tags: readonly Tag[], { tags: added, untagged }: WhatIf): readonly Tag[] => [
  ...tags.filter(
    ({ key }) => ![...untagged, ...added.map((tag) => tag.key)].some((other) => isSameKey(key, other)),
  ),
  ...added,
];

/** IAM does not allow two tags of a role whose keys differ only in case. */
const isSameKey = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Roles that would change, or that were asked about. */
const roleForecasts = (
  settings: Settings,
  { seen, now, drifted, drifts }: Survey,
  whatIf: WhatIf | undefined,
): readonly RoleForecast[] => {
  const released = new Map(
    drifts.map((drift) => [roleKey(drift.ref), new Set(drift.changes.map(({ id }) => id))]),
  );
  const all = new Map<string, RoleForecast>();
  for (const role of seen.roles) {
    const desired = settledDesired(settings, seen, role, now);
    all.set(roleKey(role.ref), {
      ref: role.ref,
      roleId: role.roleId,
      ...desired,
      changes: [],
      unknown: unknownTargets(seen, desired),
      nearMisses: nearMisses(role.tags, settings.tagKey),
      hints: hintsFor(desired),
    });
  }
  for (const { drift, roleAccess } of drifted) {
    const { ref, roleId, changes } = drift;
    const done = new Set(released.get(roleKey(ref)));
    // An event of the role itself may revoke what its keys name: someone asked for it.
    if (roleAccess.role.kind === 'present' && whatIf !== undefined && isMeant(settings, ref, whatIf))
      for (const change of suppress(changes, namedBy(settings, whatIf), roleAccess, now)) done.add(change.id);
    all.set(roleKey(ref), {
      ref,
      ...(roleId === undefined ? {} : { roleId }),
      ...(roleId === undefined && isRoleUnseen(settings, seen, ref) ? { isRoleUnseen: true as const } : {}),
      ...roleAccess.desired,
      unknown: unknownTargets(seen, roleAccess.desired),
      nearMisses: roleAccess.role.kind === 'present' ? nearMisses(roleAccess.role.tags, settings.tagKey) : [],
      hints: hintsFor(roleAccess.desired),
      changes: withoutWaiting(
        changes
          .filter((change) => !isUnknown(seen, change))
          .map((change) => ({
            change,
            isHeld: !done.has(change.id),
            ...obstacleOf(settings, seen, change),
            ...differsOf(seen, ref, change),
          })),
      ),
    });
  }
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, role]) => role);
};

const hintsFor = ({ grants }: Desired): readonly string[] =>
  grants.flatMap((grant) => queryHint(grant, grants) ?? []);

/** Accounts that a role asks for and whose policies are unreadable. */
const unknownTargets = ({ policies }: Snapshot, { grants }: Desired): readonly string[] => [
  ...new Set(
    grants
      .filter(({ target }) => (policies.get(siteOf(target).resource) ?? unreadable).kind === 'unreadable')
      .map(({ target }) => targetText(target)),
  ),
];

const unreadable = { kind: 'unreadable' } as const;

/** A function would try it, but the binding may be there already. */
const isUnknown = ({ policies }: Snapshot, change: Change): boolean =>
  change.kind === 'bind' && policies.get(change.resource)?.kind === 'unreadable';

/** The access that an event with these tags may revoke, besides the sweep's findings. */
const namedBy = ({ tagKey }: Settings, { tags, untagged }: WhatIf): MayRevoke =>
  mayRevokeOf(
    {
      released: [],
      mayLeave: [],
      namedKeys: [...tags.map(({ key }) => key), ...untagged]
        .filter((key) => isOurTag(key, tagKey))
        .map(asciiLower),
    },
    tagKey,
  );

/**
 * A change that waits for a binding that cannot be made is not made either. A grant's last config is removed only when another one is
 * published: never, if none can be, and later, if the limit holds those that can.
 */
const withoutWaiting = (changes: readonly ForecastChange[]): readonly ForecastChange[] => {
  const impossible = new Set(
    changes.flatMap(({ change, isImpossible }) => (isImpossible === true ? [change.id] : [])),
  );
  const possible = changes.filter(
    ({ change }) => !('after' in change && change.after !== undefined && impossible.has(change.after)),
  );
  const isHeld = new Map(possible.map((one) => [one.change.id, one.isHeld]));
  return possible.flatMap((one): readonly ForecastChange[] => {
    const { change } = one;
    if (change.kind !== 'unpublish' || change.afterAny === undefined) return [one];
    const others = change.afterAny.filter((id) => isHeld.has(id));
    if (others.length === 0) return [];
    return [{ ...one, isHeld: one.isHeld || others.every((id) => isHeld.get(id)) }];
  });
};

const obstacleOf = (
  settings: Settings,
  { policies, table }: Snapshot,
  change: Change,
): Pick<ForecastChange, 'obstacle' | 'isImpossible'> => {
  if (!('resource' in change)) return {};
  const observed = policies.get(change.resource);
  switch (observed?.kind) {
    case undefined:
      return {};
    case 'absent':
      return {
        obstacle: `Google has no ${isServiceAccountResource(change.resource) ? 'service account ' : ''}${resourceText(change.resource)}`,
        ...(change.kind === 'bind' ? { isImpossible: true } : {}),
      };
    case 'unreadable':
      return { obstacle: 'its allow policy cannot be read' };
    case 'read': {
      const stranger = otherOwnerAt(table?.scope ?? [], change.resource, observed.owner);
      if (stranger !== undefined)
        return { obstacle: stranger, ...(change.kind === 'bind' ? { isImpossible: true } : {}) };
      const own = `serviceAccount:${settings.google.serviceAccount}`;
      const isOptedIn = observed.policy.bindings?.some(({ members }) => members.includes(own)) ?? false;
      return isOptedIn
        ? {}
        : {
            obstacle: `its own allow policy does not let rolebridge edit it: unless ${ownerAbove(change.resource)} does, opt it in with "${optInCommand(change.resource)}"`,
          };
    }
  }
};

const ownerAbove = (resource: ResourceName): string =>
  resourceKindOf(resource) === 'project' ? 'its folder or organization' : 'its project';

const differsOf = (
  { parameters }: Snapshot,
  { accountId }: RoleRef,
  change: Change,
): Pick<ForecastChange, 'differs'> => {
  if (change.kind !== 'publish' || change.isNew) return {};
  const published = parameters
    .filter((listing) => listing.accountId === accountId && listing.region === change.region)
    .flatMap((listing) => listing.parameters)
    .find(({ name }) => name === change.name);
  return published === undefined ? {} : { differs: differingFields(published.value, change.value) };
};
