import { goneEntries, mayStillBind, type RoleBindings, roleBindings } from './bindings.ts';
import type { Bind, Change, LedgerChange, PolicyChange, Publish, Unbind, Unpublish } from './change.ts';
import { isExactConfig, readPublished } from './credential-config.ts';
import type { Failure } from './errors.ts';
import {
  configType,
  grantOfParameter,
  grantParameters,
  isProjectParameter,
  isPublishedAs,
  parameterPath,
} from './grant-parameters.ts';
import type { Desired } from './guardrail.ts';
import type { PolicyEdit } from './iam-policy.ts';
import { askedAt, type BindingId, bindingKey, type LedgerEntry } from './ledger.ts';
import type { Grant, RoleState } from './model.ts';
import {
  type Observed,
  type ObservedFolder,
  type ObservedParameter,
  type ObservedPolicy,
  type PublishedParameter,
  parameterKey,
  publishedParameters,
} from './observed.ts';
import { type Granted, type KnownAccess, planStatuses } from './plan-status.ts';
import { resourceAbsent } from './resource-absent.ts';
import { regionsOf, type Settings } from './settings.ts';
import { type AccessName, accessOf, siteOf, targetOf } from './target.ts';

/** The input of planning: everything observed and wanted, by bindingKey. */
interface Situation extends RoleBindings {
  readonly settings: Settings;
  readonly observed: Observed;
  readonly desired: Desired;
  readonly listed: ReadonlyMap<string, LedgerEntry>;
}

/**
 * The changes that give one role the access that its tags ask for, in a fixed order; empty if it has that already. `now`
 * decides which entries of the ledger are old enough to leave it.
 */
export const planRole = (
  settings: Settings,
  observed: Observed,
  desired: Desired,
  now: Date,
  bindings: RoleBindings = roleBindings(settings, observed, desired),
): readonly Change[] => {
  const situation: Situation = {
    settings,
    observed,
    desired,
    ...bindings,
    listed: new Map(observed.entries.map((entry) => [bindingKey(entry), entry])),
  };
  const binds = planBinds(situation);
  const publishes = planPublishes(situation, binds);
  return [
    ...planUnbinds(situation),
    ...binds,
    ...publishes,
    ...planUnpublishes(situation, publishes),
    ...planLists(situation),
    ...planUnlists(situation, now),
    ...planStatuses(settings, observed, desired, () => foreseenAccess(situation, now)),
  ];
};

/** Bindings that no grant explains: those that exist, and those that the ledger lists on resources whose policies we cannot read. */
const planUnbinds = ({ observed, wanted, found, listed }: Situation): readonly Unbind[] => {
  const unseen = observed.entries.filter(
    ({ resource }) => observed.policies.get(resource)?.kind === 'unreadable',
  );
  return [...found.values(), ...unseen]
    .filter((binding) => !wanted.has(bindingKey(binding)))
    .map((binding) => ({
      kind: 'unbind',
      ...editOf('remove', binding),
      grants: listed.get(bindingKey(binding))?.grants ?? [],
    }));
};

/** Bindings that grants ask for and that were not seen. If a policy cannot be read, the attempt to bind reports why. */
const planBinds = ({ wanted, found }: Situation): readonly Bind[] =>
  [...wanted]
    .filter(([key]) => !found.has(key))
    .map(([, binding]) => {
      const blocked = binding.grants.find((grant) => grant.blocked !== undefined)?.blocked;
      return {
        kind: 'bind',
        ...editOf('add', binding),
        grants: binding.grants.map(({ name }) => name),
        ...(blocked === undefined ? {} : { blocked }),
      };
    });

const editOf = (
  kind: PolicyEdit['kind'],
  binding: BindingId,
): Pick<PolicyChange, 'id' | 'access' | 'resource' | 'edit'> => {
  const { googleRole, resource, member, condition } = binding;
  return {
    id: `${kind === 'add' ? 'bind' : 'unbind'} ${bindingKey(binding)}`,
    access: accessOf(binding),
    resource,
    edit: { kind, role: googleRole, member, ...(condition === undefined ? {} : { condition }) },
  };
};

/** The parameters that the role's grants should have in every region, where they differ from the published ones. */
const planPublishes = (situation: Situation, binds: readonly Bind[]): readonly Publish[] => {
  const { settings, observed, desired } = situation;
  const { role, folders } = observed;
  if (role.kind === 'absent') return [];
  return desired.grants.flatMap((grant) => {
    if (!isPublishable(situation, grant)) return [];
    const access = accessOf(siteOf(grant.target));
    const bind =
      policyKind(situation, grant) === 'read'
        ? binds.find((change) => change.access === access && change.grants.includes(grant.name))
        : undefined;
    const places = grantParameters(settings, role.ref, grant).flatMap((wanted) =>
      regionsOf(settings, role.ref.accountId).map((region) => ({ wanted, region })),
    );
    return places.flatMap(({ wanted, region }): readonly Publish[] => {
      const { kind, name, value } = wanted;
      const folder = ownFolder(settings, role, folders, region);
      if (folder === undefined) return [];
      const current = folder.kind === 'read' ? folder.parameters.find((one) => one.name === name) : undefined;
      const otherType = current?.type === configType ? undefined : current?.type;
      if (current !== undefined && isPublishedAs(wanted, current)) return [];
      return [
        {
          kind: 'publish',
          id: `publish ${parameterKey({ region, name })}`,
          grants: [grant.name],
          access,
          region,
          name,
          value,
          isNew: folder.kind === 'read' && current === undefined,
          description: `${kind === 'config' ? 'Google credential config' : 'Google project of a grant'} of ${role.arn} (${role.roleId}), by rolebridge. Holds no secret.`,
          ...(otherType === undefined ? {} : { otherType }),
          ...(bind === undefined ? {} : { after: bind.id }),
          ...(current === undefined ? { replaces: [] } : replaced(situation, current)),
        },
      ];
    });
  });
};

/** Whether a config may be published: not if its resource is gone, or if we cannot read its policy and have never bound there. */
const isPublishable = (situation: Situation, grant: Grant): boolean => {
  const kind = policyKind(situation, grant);
  return kind === 'read' || (kind === 'unreadable' && isListed(situation, grant));
};

/** A policy that was not read at all also counts as unreadable. */
const policyKind = ({ observed }: Situation, { target }: Grant): ObservedPolicy['kind'] =>
  observed.policies.get(siteOf(target).resource)?.kind ?? 'unreadable';

/** Whether the ledger lists the binding that a grant asks for. */
const isListed = ({ wanted, listed }: Situation, grant: Grant): boolean =>
  [...wanted].some(([key, { grants }]) => grants.includes(grant) && listed.has(key));

/** The role's folder in a configured region; others are left over from earlier configurations. */
const ownFolder = (
  settings: Settings,
  role: RoleState,
  folders: readonly ObservedFolder[],
  region: string,
): ObservedFolder | undefined => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  return folders.find((folder) => folder.region === region && folder.path === path);
};

/**
 * The access whose config (or project) a parameter is, if no grant asks for that access any more. It is looked for among what the ledger
 * lists under the parameter's grant, and what is bound and not listed. The parameter only selects among these.
 */
const accessBehind = (
  { settings, wanted, found, listed }: Situation,
  { name, value }: Pick<ObservedParameter, 'name' | 'value'>,
): readonly AccessName[] => {
  const grant = grantOfParameter(name);
  const published = readPublished(settings, value);
  const isDirect = published.kind === 'direct' || isProjectParameter({ name, value });
  const entries = [...listed].filter(([, { grants }]) => grants.includes(grant));
  const unlisted = [...found].filter(([key]) => !listed.has(key));
  const behind = [...entries, ...unlisted].filter(([key]) => !wanted.has(key));
  const isOf = (binding: BindingId): boolean => {
    const target = targetOf(binding);
    // All direct grants of a role have the same config.
    return target.kind === 'serviceAccount'
      ? published.kind === 'impersonates' && published.email === target.email
      : isDirect;
  };
  return [...new Set(behind.flatMap(([, binding]) => (isOf(binding) ? [accessOf(binding)] : [])))].toSorted();
};

const replaced = (
  situation: Situation,
  current: Pick<ObservedParameter, 'name' | 'value'>,
): Pick<Publish, 'replaces' | 'isAltered'> => {
  const replaces = accessBehind(situation, current);
  return { replaces, ...alteredIn(situation, current, replaces) };
};

/** A config of no access delays nothing, altered or not, and thousands may be planted. A project's name gives no access. */
const alteredIn = (
  { settings }: Situation,
  parameter: Pick<ObservedParameter, 'name' | 'value'>,
  behind: readonly AccessName[],
): Pick<Publish, 'isAltered'> =>
  behind.length === 0 || isProjectParameter(parameter) || isExactConfig(settings, parameter.value)
    ? {}
    : { isAltered: true };

/** Parameters that look like ours and that no grant asks for. */
const planUnpublishes = (situation: Situation, publishes: readonly Publish[]): readonly Unpublish[] => {
  const { settings, observed } = situation;
  const regions = regionsOf(settings, observed.role.ref.accountId);
  return publishedParameters(settings, observed.folders)
    .filter((parameter) => !isAsked(situation, parameter))
    .map(({ region, name, pool, value }): Unpublish => {
      const grant = grantOfParameter(name);
      const behind = accessBehind(situation, { name, value });
      const replacements = publishes.filter(
        (one) =>
          one.grants.includes(grant) && isProjectParameter(one) === isProjectParameter({ name, value }),
      );
      // If no region has the grant's config (or project) yet, this may be its last one.
      const isLast = replacements.length > 0 && replacements.length === regions.length;
      return {
        kind: 'unpublish',
        id: `unpublish ${parameterKey({ region, name })}`,
        grants: behind.length === 0 ? [] : [grant],
        region,
        name,
        pool,
        behind,
        ...alteredIn(situation, { name, value }, behind),
        ...(isLast ? { afterAny: replacements.map(({ id }) => id) } : {}),
      };
    });
};

/** Whether a parameter that looks like ours should stay, or will be overwritten. */
const isAsked = (situation: Situation, parameter: PublishedParameter): boolean => {
  const { settings, observed, desired } = situation;
  const { role } = observed;
  if (!regionsOf(settings, role.ref.accountId).includes(parameter.region)) return false;
  const [asked] = desired.grants.flatMap((grant) =>
    grantParameters(settings, role.ref, grant)
      .filter(({ name }) => name === parameter.name)
      .map((wanted) => ({ grant, wanted })),
  );
  if (asked === undefined) return false;
  if (isPublishable(situation, asked.grant)) return true;
  // A binding that we cannot see may need the right config. For an account that is gone, no config is of use.
  const isUnseen = policyKind(situation, asked.grant) === 'unreadable';
  return isUnseen && isPublishedAs(asked.wanted, { ...parameter, type: configType });
};

/** Wanted bindings that exist and that the ledger lacks, or lists under other grants, or for an earlier role's callers. */
const planLists = ({ observed, wanted, found, listed }: Situation): readonly LedgerChange[] =>
  [...wanted].flatMap(([key, binding]) => {
    const grants = binding.grants.map(({ name }) => name);
    const entry = listed.get(key);
    const isRight =
      entry === undefined
        ? !found.has(key)
        : entry.grants.join(' ') === grants.join(' ') && !isOfEarlierRole(entry, observed);
    return isRight ? [] : [ledgerChange('list', binding, grants)];
  });

/** Whether an entry names a caller who asked before the role was deleted and created again under the same name. */
const isOfEarlierRole = (entry: LedgerEntry, { madeAt }: Observed): boolean =>
  madeAt !== undefined && (entry.requesters ?? []).some((one) => askedAt(one, entry) < madeAt);

const ledgerChange = (
  kind: 'list' | 'unlist',
  { googleRole, resource, member, condition }: BindingId,
  grants: readonly string[],
): LedgerChange => {
  const binding = { googleRole, resource, member, ...(condition === undefined ? {} : { condition }) };
  return {
    kind,
    id: `${kind} ${bindingKey(binding)}`,
    grants,
    access: accessOf(binding),
    resource,
    binding,
  };
};

const planUnlists = (situation: Situation, now: Date): readonly LedgerChange[] =>
  goneEntries(situation.observed, situation, now).gone.map((entry) =>
    ledgerChange('unlist', entry, entry.grants),
  );

/**
 * The access once this plan is made. Nothing is known of a policy that cannot be read. Reconcile plans its statuses again,
 * from what its binds came to (known-access.ts in app).
 */
const foreseenAccess = ({ wanted, found, listed, observed }: Situation, now: Date): KnownAccess => {
  const granted = new Map<string, Granted>();
  const failures = new Map<string, Failure>();
  for (const [key, { grants, resource }] of wanted) {
    const kind = observed.policies.get(resource)?.kind;
    for (const { name } of grants) {
      if (kind === 'read') granted.set(name, grantedBy(key, found.has(key), listed.get(key), now));
      if (kind === 'absent') failures.set(name, resourceAbsent(resource));
    }
  }
  return { granted, failures };
};

/** A binding that is made or listed now begins now, unless another function has just announced it. */
const grantedBy = (key: string, isFound: boolean, entry: LedgerEntry | undefined, now: Date): Granted => {
  if (entry !== undefined && isFound) return { since: entry.since };
  return {
    since: entry !== undefined && mayStillBind(entry, now) ? entry.since : now.toISOString(),
    after: `${isFound ? 'list' : 'bind'} ${key}`,
  };
};
