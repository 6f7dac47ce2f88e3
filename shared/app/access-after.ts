import { bindingOf, type Change, failureOf, type ResultsById } from '../core/change.ts';
import type { Failure } from '../core/errors.ts';
import { folderOf, type GrantParameter, grantParameters, isPublishedAs } from '../core/grant-parameters.ts';
import { endOf, grantCondition, hasEnded } from '../core/iam-policy.ts';
import { adoptToRemove } from '../core/inherited.ts';
import { type BindingId, bindingKey, type LedgerEntry } from '../core/ledger.ts';
import { memberOf, poolOfMember, roleOfMember } from '../core/member.ts';
import { isDryRun } from '../core/mode.ts';
import type { Grant, RoleState, Timestamp } from '../core/model.ts';
import { type ParameterId, parameterKey } from '../core/observed.ts';
import type { CurrentAccess, FailedPart, GrantState, LeftAccess } from '../core/outcome.ts';
import type { Ownerships } from '../core/ownership.ts';
import { roleLabel } from '../core/role-argument.ts';
import { serviceAccountResource } from '../core/service-account.ts';
import { accountIdsOf, regionsOf, type Settings } from '../core/settings.ts';
import { type AccessName, accessOf, siteOf, siteOfAccess, targetOf } from '../core/target.ts';
import type { ObservedPolicies } from './observe.ts';
import type { RoleRun } from './role-run.ts';

/** Everything that one round knows of a role's access after its changes. */
export interface AccessAfter {
  readonly settings: Settings;
  readonly run: RoleRun;
  readonly results: ResultsById;
  /** The entries that the ledger listed before or after, by bindingKey. */
  readonly listed: ReadonlyMap<string, LedgerEntry>;
  readonly policyErrors: ObservedPolicies['errors'];
  readonly ownerships: Ownerships;
  readonly now: Date;
  /** The bindings that are there after the changes, by bindingKey. */
  readonly bindings: ReadonlyMap<string, BindingId>;
  readonly left: readonly LeftBinding[];
  /** Failed changes will be tried again, so they do not count as failed yet. */
  readonly isTriedAgain: boolean;
}

/** Adds the bindings that exist after the changes, and those among them that no tag requests. */
export const accessAfter = (before: Omit<AccessAfter, 'bindings' | 'left'>): AccessAfter => {
  const bindings = new Map(before.run.plan.bindings.found);
  for (const change of before.run.plan.proposed) {
    if ((change.kind !== 'bind' && change.kind !== 'unbind') || !isMade(before, change)) continue;
    const binding = bindingOf(change);
    if (change.kind === 'bind') bindings.set(bindingKey(binding), binding);
    else bindings.delete(bindingKey(binding));
  }
  const after = { ...before, bindings };
  return { ...after, left: leftBindings(after) };
};

/** Made, or in mode dry-run: would be made, as far as is known. */
const isMade = (
  { settings, results }: Pick<AccessAfter, 'settings' | 'results'>,
  { id }: { readonly id: string },
): boolean => {
  const result = results.get(id)?.kind;
  return isDryRun(settings.mode) ? result !== 'failed' : result === 'done';
};

/** The access that the role has now, as we read it, whether or not its tags ask for it. */
export const currentAccess = (after: AccessAfter): CurrentAccess => ({
  grants: after.run.desired.grants
    .filter((grant) => isBound(after, grant))
    .map((grant) => currentGrant(after, grant).state),
  left: after.left.map(({ left }) => left),
});

/** Whether the binding that a grant asks for is there. */
export const isBound = (after: AccessAfter, grant: Grant): boolean => after.bindings.has(keyOf(after, grant));

const keyOf = ({ settings, run }: AccessAfter, grant: Grant): string => {
  const condition = grantCondition(grant);
  return bindingKey({
    ...siteOf(grant.target),
    member: memberOf(settings, run.observed.role.ref),
    ...(condition === undefined ? {} : { condition }),
  });
};

/** One grant of a role, as its tag asks for it. */
export const grantState = (settings: Settings, role: RoleState, grant: Grant): GrantState => ({
  grant: grant.name,
  tag: grant.tag,
  rule: grant.rule,
  target: grant.target,
  member: memberOf(settings, role.ref),
  parameters: placesOf(settings, role, grant).map(({ region, name }) => ({ region, name })),
  ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
});

/** A place where a parameter of a grant belongs. */
interface GrantPlace extends ParameterId {
  readonly wanted: GrantParameter;
}

/** Every place where a grant is published. */
const placesOf = (settings: Settings, { ref }: Pick<RoleState, 'ref'>, grant: Grant): readonly GrantPlace[] =>
  regionsOf(settings, ref.accountId).flatMap((region) =>
    grantParameters(settings, ref, grant).map((wanted) => ({ region, name: wanted.name, wanted })),
  );

/** A grant whose binding exists: where its config is, where it will be published, and where it could not be. */
export const currentGrant = (
  after: AccessAfter,
  grant: Grant,
): { readonly state: GrantState; readonly failed: readonly FailedPart[] } => {
  const { settings, run } = after;
  const places = placesOf(settings, run.observed.role, grant);
  const failed = places.flatMap((place) => {
    const failure = failureAt(after, place);
    return failure === undefined || after.isTriedAgain ? [] : [{ place, failure }];
  });
  const published = places.filter((place) => isPublished(after, place));
  const pending = places.filter(
    (place) => !published.includes(place) && !failed.some((one) => one.place === place),
  );
  const since = after.listed.get(keyOf(after, grant))?.since;
  return {
    state: {
      ...grantState(settings, run.observed.role, grant),
      parameters: published.map(idOf),
      ...(pending.length === 0 ? {} : { pending: pending.map(idOf) }),
      ...(since === undefined ? {} : { since }),
    },
    failed: failed.map(({ place, failure }) => ({ part: 'config', ...idOf(place), reason: failure.message })),
  };
};

const idOf = ({ region, name }: ParameterId): ParameterId => ({ region, name });

const failureAt = (after: AccessAfter, place: ParameterId): Failure | undefined => {
  const change = publishAt(after, place);
  return change === undefined ? undefined : failureOf(after.results.get(change.id));
};

const publishAt = ({ run }: AccessAfter, place: ParameterId) =>
  run.plan.proposed.find(
    (change) => change.kind === 'publish' && parameterKey(change) === parameterKey(place),
  );

/** Whether a grant's parameter was found at its place, or has been written there now. */
const isPublished = (after: AccessAfter, { region, name, wanted }: GrantPlace): boolean => {
  const { run } = after;
  const change = publishAt(after, { region, name });
  if (change !== undefined) return isMade(after, change);
  const folder = run.observed.folders.find((one) => one.region === region && one.path === folderOf(name));
  return (
    folder?.kind === 'read' &&
    folder.parameters.some((one) => one.name === name && isPublishedAs(wanted, one))
  );
};

/** A binding that no tag requests, and that exists or could not be read, even if its removal failed. */
export interface LeftBinding {
  /** bindingKey */
  readonly key: string;
  readonly access: AccessName;
  /** As outcomes report it. */
  readonly left: LeftAccess;
  /** This run was not allowed to remove it. */
  readonly isStaying: boolean;
  /** Google compares the name of a role exactly. */
  readonly givesAccess: boolean;
}

/** One pass over all of them: someone may have made thousands by hand. */
const leftBindings = (after: Omit<AccessAfter, 'left'>): readonly LeftBinding[] => {
  const { run, listed, policyErrors, bindings, now } = after;
  const removals = new Map(
    run.plan.proposed.flatMap((change) =>
      change.kind === 'unbind' ? [[bindingKey(bindingOf(change)), change] as const] : [],
    ),
  );
  const leftBinding = (binding: BindingId, isUnattributed: boolean): readonly LeftBinding[] => {
    const key = bindingKey(binding);
    const isSeen = isUnattributed || bindings.has(key);
    if (!(isSeen || policyErrors.has(binding.resource) || isOwn(after, binding))) return [];
    const [entry, expiresAt] = [listed.get(key), endOf(binding.condition)];
    const reason =
      whyNotRemovable(after, binding) ??
      (isUnattributed ? whyUnattributed(after, binding) : whyNotRemoved(after, key, removals.get(key)));
    return [
      {
        key,
        access: accessOf(binding),
        left: {
          grants: entry?.grants ?? [],
          target: targetOf(binding),
          member: binding.member,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(entry === undefined ? {} : { since: entry.since }),
          isSeen,
          reason,
        },
        isStaying: !removals.has(key),
        givesAccess: namesExactly(after, binding) && !hasEnded(binding.condition, now),
      },
    ];
  };
  // Bindings that only a sweep can attribute are listed only if they give access.
  const unattributed = run.plan.bindings.unattributed.flatMap((binding) => leftBinding(binding, true));
  return [
    ...run.plan.bindings.unwanted.flatMap((binding) => leftBinding(binding, false)),
    ...unattributed.filter(({ givesAccess }) => givesAccess),
  ];
};

const namesExactly = (
  { settings, run }: Pick<AccessAfter, 'settings' | 'run'>,
  { member }: BindingId,
): boolean => {
  const { ref } = run.observed.role;
  const named = roleOfMember(settings, member);
  return named?.accountId === ref.accountId && named.roleName === ref.roleName;
};

const whyNotRemovable = (
  { settings, ownerships }: Pick<AccessAfter, 'settings' | 'ownerships'>,
  binding: BindingId,
): string | undefined => {
  if (isOwn({ settings }, binding))
    return "It is on rolebridge's own account, whose policy rolebridge neither reads nor edits here.";
  if (settings.mode === 'upsert-only') return 'Mode upsert-only removes no access.';
  const ownership = ownerships.get(poolOfMember(settings, binding.member) ?? '');
  return ownership?.kind === 'ours' ? undefined : 'Its pool is not proven to be ours.';
};

const whyUnattributed = (
  { settings, run }: Pick<AccessAfter, 'settings' | 'run'>,
  binding: BindingId,
): string => {
  const role = roleLabel(accountIdsOf(settings), run.observed.role.ref);
  return (
    `The ledger does not list it, so a sweep decides whose it is. The sweep removes it, within the revocation limit, unless it was there before rolebridge used ${binding.resource}: ` +
    `then it stays until someone runs "rolebridge ${adoptToRemove(binding, role)}".`
  );
};

const whyNotRemoved = (
  { listed, results }: Pick<AccessAfter, 'listed' | 'results'>,
  key: string,
  removal: Change | undefined,
): string => {
  if (removal !== undefined)
    return ['It was not removed.', failureOf(results.get(removal.id))?.message ?? []].flat().join(' ');
  const why = listed.has(key)
    ? 'No event names its tag key'
    : 'The ledger does not list it, so no event can end it';
  return `${why}, and no sweep has released its removal: it is beyond the revocation limit, or no sweep has seen it yet.`;
};

const isOwn = ({ settings }: Pick<AccessAfter, 'settings'>, { resource }: BindingId): boolean =>
  resource === serviceAccountResource(settings.google.serviceAccount);

/** When each binding of an access of the role ends, after the changes; undefined if its policy cannot be read. */
export const endsOf = (
  after: AccessAfter,
  access: AccessName,
): readonly (Timestamp | undefined)[] | undefined => {
  if (after.policyErrors.has(siteOfAccess(access).resource)) return undefined;
  return [...after.bindings.values()].flatMap((binding) =>
    accessOf(binding) === access ? [endOf(binding.condition)] : [],
  );
};

/** Whether this binding exists after the changes. */
export const isThere = ({ bindings }: AccessAfter, binding: BindingId): boolean =>
  bindings.has(bindingKey(binding));
