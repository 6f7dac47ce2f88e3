import type { Estate } from './compare.ts';
import { desiredOf } from './guardrail.ts';
import {
  type Condition,
  endOf,
  grantCondition,
  hasEnded,
  holdsBinding,
  ourBindings,
  sameCondition,
} from './iam-policy.ts';
import { memberOf } from './member.ts';
import { type Grant, type PresentRole, type RoleRef, type Timestamp, targetText } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import { roleKey } from './role-key.ts';
import type { Settings } from './settings.ts';
import { settledDesired } from './settled-desired.ts';
import { accessOf, accessText, type Site, siteOf } from './target.ts';

/** One access that a role asks for, or has. */
export interface Access {
  readonly ref: RoleRef;
  /** Left out if the role does not exist. */
  readonly roleId?: string;
  /** The name of the grant; left out if no tag asks for it. */
  readonly grant?: string;
  readonly target: string;
  readonly expiresAt?: Timestamp;
  readonly state: AccessState;
  /** Why the request was refused. */
  readonly reason?: string;
  /** The guardrail's rule that allows it. */
  readonly rule?: string;
}

/**
 * `bound`: granted and bound. `awaited`: granted, not bound yet. `refused`: asked for, and not granted.
 * `unasked`: bound, and no tag asks for it. `inherited`: the same, but bound before rolebridge used the resource. `unseen`: asked for, or listed
 * by the ledger, and the policy could not be read.
 */
export type AccessState = 'bound' | 'awaited' | 'refused' | 'unasked' | 'inherited' | 'unseen';

/** Lists every access that a role asks for or has, those that expire first. */
export const listAccess = (settings: Settings, snapshot: Estate, now: Date): readonly Access[] =>
  [
    ...snapshot.roles.flatMap((role) => askedAccess(settings, snapshot, role, now)),
    ...unaskedAccess(settings, snapshot, now),
    ...recordedAccess(settings, snapshot, now),
  ].toSorted(byExpiry);

const askedAccess = (
  settings: Settings,
  snapshot: Estate,
  { ref, roleId, ...role }: PresentRole,
  now: Date,
): readonly Access[] => {
  const { grants, refusals } = settledDesired(settings, snapshot, { ref, roleId, ...role }, now);
  return [
    ...grants.map((grant) => ({
      ref,
      roleId,
      grant: grant.name,
      target: targetText(grant.target),
      state: grantState(settings, snapshot, ref, grant),
      rule: grant.rule,
      ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
    })),
    ...refusals.map(({ name, target, value, reason }) => ({
      ref,
      roleId,
      grant: name,
      target: target === undefined ? value : targetText(target),
      state: 'refused' as const,
      reason,
    })),
  ];
};

const grantState = (settings: Settings, snapshot: Estate, ref: RoleRef, grant: Grant): AccessState => {
  const { googleRole, resource } = siteOf(grant.target);
  const observed = snapshot.policies.get(resource);
  if (isUnread(observed)) return 'unseen';
  const condition = grantCondition(grant);
  const binding = {
    googleRole,
    member: memberOf(settings, ref),
    ...(condition === undefined ? {} : { condition }),
  };
  const isBound = observed.kind === 'read' && holdsBinding(observed.policy, binding);
  return isBound ? 'bound' : 'awaited';
};

const isUnread = (
  observed: ObservedPolicy | undefined,
): observed is undefined | Extract<ObservedPolicy, { readonly kind: 'unreadable' }> =>
  observed === undefined || observed.kind === 'unreadable';

/** Bindings of ours that no grant explains, by the moment when each ends. */
const unaskedAccess = (settings: Settings, snapshot: Estate, now: Date): readonly Access[] => {
  const unexplained = unexplainedBy(settings, snapshot, now);
  return [...snapshot.policies].flatMap(([resource, observed]) => {
    if (observed.kind !== 'read') return [];
    return ourBindings(settings, resource, observed.policy).flatMap((found) =>
      unexplained(found.ref, { ...found, resource }, found.isInherited === true ? 'inherited' : 'unasked'),
    );
  });
};

/** Access that the ledger lists and no grant explains, while its policy cannot be read: it may be there. */
const recordedAccess = (settings: Settings, snapshot: Estate, now: Date): readonly Access[] => {
  const unexplained = unexplainedBy(settings, snapshot, now);
  return [...(snapshot.table?.ledgers.values() ?? [])].flatMap(({ role: ref, entries }) =>
    entries
      .filter(({ resource }) => isUnread(snapshot.policies.get(resource)))
      .flatMap((entry) => unexplained(ref, entry, 'unseen')),
  );
};

/** The access of a binding, unless a grant asks for it. A binding that ended by its own condition gives no access any more. */
const unexplainedBy = (settings: Settings, snapshot: Estate, now: Date) => {
  const roles = new Map(snapshot.roles.map((role) => [roleKey(role.ref), role]));
  return (
    ref: RoleRef,
    { condition, ...site }: Site & { readonly condition?: Condition | undefined },
    state: AccessState,
  ): readonly Access[] => {
    const access = accessOf(site);
    const role = roles.get(roleKey(ref));
    const grants = role === undefined ? [] : desiredOf(role, settings, now).grants;
    const isAsked = grants.some(
      (grant) => accessOf(siteOf(grant.target)) === access && sameCondition(condition, grantCondition(grant)),
    );
    if (isAsked || hasEnded(condition, now)) return [];
    const expiresAt = endOf(condition);
    return [
      {
        ref,
        target: accessText(access),
        state,
        ...(role === undefined ? {} : { roleId: role.roleId }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      },
    ];
  };
};

/** Access that ends soonest comes first; access that never ends is sorted by the role's name. */
const byExpiry = (a: Access, b: Access): number => {
  const key = ({ ref, grant = '~' }: Access) => `${roleKey(ref)} ${grant}`;
  const difference = endsAt(a) - endsAt(b);
  if (difference !== 0) return difference;
  return key(a) < key(b) ? -1 : 1;
};

const endsAt = ({ expiresAt }: Access): number =>
  expiresAt === undefined ? Number.MAX_VALUE : Date.parse(expiresAt);
