import type { Estate } from './compare.ts';
import {
  type Condition,
  endOf,
  grantCondition,
  hasEnded,
  holdsBinding,
  ourBindings,
  sameCondition,
  untilCondition,
} from './iam-policy.ts';
import { isRoleUnseen } from './is-role-unseen.ts';
import { type BindingId, bindingKey } from './ledger.ts';
import { memberOf, poolInMember } from './member.ts';
import { type Grant, type PresentRole, type RoleRef, type Timestamp, targetText } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import { roleKey } from './role-key.ts';
import { poolPath, type Settings } from './settings.ts';
import { settledDesired } from './settled-desired.ts';
import { accessOf, accessText, siteOf } from './target.ts';

/** One access that a role asks for, or has. */
export interface Access {
  readonly ref: RoleRef;
  /** Left out if the role does not exist, or was not seen. */
  readonly roleId?: string;
  /** Its AWS account was not listed, or is not in the file: the role may exist, with any tags. */
  readonly isRoleUnseen?: true;
  /** The name of the grant; left out if no tag asks for it. */
  readonly grant?: string;
  readonly target: string;
  /** The former pool that it goes through. */
  readonly pool?: string;
  /** The condition that it is under, unless that is only an end, as we write it. */
  readonly condition?: Condition;
  readonly expiresAt?: Timestamp;
  readonly state: AccessState;
  /** Why the request was refused. */
  readonly reason?: string;
  /** The guardrail's rule that allows it. */
  readonly rule?: string;
  /** The value of the tag that asks for it. */
  readonly tagValue?: string;
  /** The binding that gives it, or would; left out if the request was refused. */
  readonly binding?: BindingId;
}

/**
 * `bound`: granted and bound. `awaited`: granted, not bound yet. `refused`: asked for, and not granted. `unasked`: bound, and no tag
 * asks for this binding. `unclear`: bound, and the role's tags were not read. `inherited`: bound before rolebridge used the resource, and
 * no tag asks for it. `unseen`: asked for, or listed by the ledger, and the policy could not be read.
 */
export type AccessState = 'bound' | 'awaited' | 'refused' | 'unasked' | 'unclear' | 'inherited' | 'unseen';

/**
 * Lists every access that a role asks for or has, those that expire first. A grant whose role is bound in another way (through a former
 * pool, in another spelling, under another condition) is one access, and that binding is another.
 */
export const listAccess = (settings: Settings, snapshot: Estate, now: Date): readonly Access[] => {
  const asked = snapshot.roles.flatMap((role) => askedAccess(settings, snapshot, role, now));
  const isAsked = new Set(
    asked.flatMap(({ binding }) => (binding === undefined ? [] : [bindingKey(binding)])),
  );
  // A binding that ended by its own condition gives no access any more.
  const others = knownBindings(settings, snapshot).filter(
    ({ binding }) => !isAsked.has(bindingKey(binding)) && !hasEnded(binding.condition, now),
  );
  const roles = new Map(snapshot.roles.map((role) => [roleKey(role.ref), role]));
  return [
    ...asked,
    ...others.map((one) => otherAccess(settings, snapshot, roles.get(roleKey(one.ref)), one)),
  ].toSorted(byExpiry);
};

const askedAccess = (
  settings: Settings,
  snapshot: Estate,
  { ref, roleId, ...role }: PresentRole,
  now: Date,
): readonly Access[] => {
  const { grants, refusals } = settledDesired(settings, snapshot, { ref, roleId, ...role }, now);
  return [
    ...grants.map((grant) => {
      const binding = bindingOf(settings, ref, grant);
      return {
        ref,
        roleId,
        grant: grant.name,
        target: targetText(grant.target),
        state: stateOf(snapshot, binding),
        rule: grant.rule,
        ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
        tagValue: grant.tag.value,
        binding,
      };
    }),
    ...refusals.map(({ name, target, value, reason }) => ({
      ref,
      roleId,
      grant: name,
      target: target === undefined ? value : targetText(target),
      state: 'refused' as const,
      reason,
      tagValue: value,
    })),
  ];
};

const bindingOf = (settings: Settings, ref: RoleRef, grant: Grant): BindingId => {
  const condition = grantCondition(grant);
  return {
    ...siteOf(grant.target),
    member: memberOf(settings, ref),
    ...(condition === undefined ? {} : { condition }),
  };
};

const stateOf = ({ policies }: Estate, binding: BindingId): AccessState => {
  const observed = policies.get(binding.resource);
  if (isUnread(observed)) return 'unseen';
  return isBoundIn(observed, binding) ? 'bound' : 'awaited';
};

type Unread = undefined | Extract<ObservedPolicy, { readonly kind: 'unreadable' }>;

const isUnread = (observed: ObservedPolicy | undefined): observed is Unread =>
  observed === undefined || observed.kind === 'unreadable';

const isBoundIn = (observed: Exclude<ObservedPolicy, Unread>, binding: BindingId): boolean =>
  observed.kind === 'read' && holdsBinding(observed.policy, binding);

/** A binding that exists, or that may exist while its policy cannot be read. */
interface KnownBinding {
  readonly ref: RoleRef;
  readonly binding: BindingId;
  readonly state: 'unasked' | 'inherited' | 'unseen';
}

/** Each binding once: those of ours in the policies, and those that only the ledger shows to be ours. */
const knownBindings = (settings: Settings, snapshot: Estate): readonly KnownBinding[] => {
  const listed = new Map(
    [...(snapshot.table?.ledgers.values() ?? [])].flatMap(({ role: ref, entries }) =>
      entries.map((binding) => [bindingKey(binding), { ref, binding }] as const),
    ),
  );
  const known = new Map<string, KnownBinding>();
  for (const [resource, observed] of snapshot.policies)
    if (observed.kind === 'read')
      for (const { ref, isInherited, ...ours } of ourBindings(settings, resource, observed.policy)) {
        const binding = { ...ours, resource };
        const key = bindingKey(binding);
        // A binding that the ledger lists is ours by now.
        const state = isInherited === true && !listed.has(key) ? 'inherited' : 'unasked';
        known.set(key, { ref, binding, state });
      }
  for (const [key, { ref, binding }] of listed) {
    const observed = snapshot.policies.get(binding.resource);
    if (isUnread(observed)) known.set(key, { ref, binding, state: 'unseen' });
    else if (!known.has(key) && isBoundIn(observed, binding))
      known.set(key, { ref, binding, state: 'unasked' });
  }
  return [...known.values()];
};

/** A binding that no tag asks for. */
const otherAccess = (
  settings: Settings,
  snapshot: Estate,
  role: PresentRole | undefined,
  { ref, binding, state }: KnownBinding,
): Access => {
  const { member, condition } = binding;
  const isUnseen = role === undefined && isRoleUnseen(settings, snapshot, ref);
  const pool = poolInMember(member);
  const expiresAt = endOf(condition);
  const isPlainEnd = expiresAt !== undefined && sameCondition(condition, untilCondition(expiresAt));
  return {
    ref,
    target: accessText(accessOf(binding)),
    state: isUnseen && state === 'unasked' ? 'unclear' : state,
    ...(role === undefined ? {} : { roleId: role.roleId }),
    ...(isUnseen ? { isRoleUnseen: true } : {}),
    ...(pool === undefined || pool === poolPath(settings) ? {} : { pool }),
    ...(condition === undefined || isPlainEnd ? {} : { condition }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    binding,
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
