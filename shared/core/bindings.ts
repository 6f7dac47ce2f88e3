import { withoutBlocked } from './blocked.ts';
import type { Desired } from './guardrail.ts';
import {
  type AllowPolicy,
  grantCondition,
  holdsBinding,
  type OurBinding,
  ourBindings,
} from './iam-policy.ts';
import { type BindingId, bindingKey, type LedgerEntry } from './ledger.ts';
import { memberOf } from './member.ts';
import type { Grant, RoleRef } from './model.ts';
import type { Observed, ObservedPolicy } from './observed.ts';
import { roleKey } from './role-key.ts';
import type { ResourceName } from './service-account.ts';
import type { Settings } from './settings.ts';
import { type AccessName, accessOf, siteOf } from './target.ts';

/** The bindings that a role's grants ask for and those that exist, by bindingKey. */
export interface RoleBindings {
  readonly wanted: ReadonlyMap<string, WantedBinding>;
  readonly found: ReadonlyMap<string, BindingId>;
  /**
   * Others of the role at direct sites, which only a sweep can attribute: made before we used the site, or later by hand. They are left
   * alone, and give access.
   */
  readonly unattributed: readonly BindingId[];
}

/** The bindings that are there. */
export type PresentBindings = Pick<RoleBindings, 'found' | 'unattributed'>;

/** A binding that grants ask for. */
export interface WantedBinding extends BindingId {
  readonly grants: readonly Grant[];
}

/** Finds a role's bindings. Reads every member of its policies. */
export const roleBindings = (settings: Settings, observed: Observed, desired: Desired): RoleBindings => {
  const wanted = wantedBindings(settings, observed.role.ref, desired);
  return { wanted, ...foundBindings(settings, observed, ownedAccess(wanted)) };
};

/** The desired state of a role once its blocked grants are decided, and its bindings. */
export interface Settled {
  readonly desired: Desired;
  readonly bindings: RoleBindings;
}

/** `foundWith` finds the role's bindings, where those at some access are ours even if they were there before. */
export const settle = (
  settings: Settings,
  ref: RoleRef,
  asked: Desired,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  now: Date,
  foundWith: (owned: ReadonlySet<AccessName>) => PresentBindings,
): Settled => {
  const bindingsOf = (desired: Desired): RoleBindings => {
    const wanted = wantedBindings(settings, ref, desired);
    return { wanted, ...foundWith(ownedAccess(wanted)) };
  };
  const bindings = bindingsOf(asked);
  if (!isBlocked(asked)) return { desired: asked, bindings };
  const desired = withoutBlocked(memberOf(settings, ref), now, asked, policies, bindings.found);
  return { desired, bindings: bindingsOf(desired) };
};

/** The same, for a role whose policies were just read. */
export const settleObserved = (
  settings: Settings,
  observed: Pick<Observed, 'role' | 'policies' | 'entries'>,
  asked: Desired,
  now: Date,
): Settled =>
  settle(settings, observed.role.ref, asked, observed.policies, now, (owned) =>
    foundBindings(settings, observed, owned),
  );

/** Whether what the tags ask for depends on what the role has. */
export const isBlocked = ({ grants }: Desired): boolean =>
  grants.some(({ blocked }) => blocked !== undefined);

/**
 * Access at whose site the role's members are ours, even if they were there before the site was used. While a Google role cannot be read,
 * a tag that asks for it makes no one's binding ours: it may never be granted.
 */
const ownedAccess = (wanted: ReadonlyMap<string, WantedBinding>): ReadonlySet<AccessName> =>
  new Set(
    [...wanted.values()]
      .filter(({ grants }) => grants.some(({ blocked }) => blocked?.isPassing !== true))
      .map(accessOf),
  );

/** The bindings that a role's grants ask for, by bindingKey. The member is spelled as IAM spells the role. */
export const wantedBindings = (
  settings: Settings,
  ref: RoleRef,
  { grants }: Pick<Desired, 'grants'>,
): ReadonlyMap<string, WantedBinding> => {
  const wanted = new Map<string, WantedBinding>();
  for (const grant of grants) {
    const condition = grantCondition(grant);
    const binding: BindingId = {
      ...siteOf(grant.target),
      member: memberOf(settings, ref),
      ...(condition === undefined ? {} : { condition }),
    };
    const key = bindingKey(binding);
    wanted.set(key, { ...binding, grants: [...(wanted.get(key)?.grants ?? []), grant] });
  }
  return wanted;
};

/**
 * The role's bindings in the policies that were read, by bindingKey: those of our pools in every casing of its name, and
 * any other that the ledger lists.
 */
export const foundBindings = (
  settings: Settings,
  { role, policies, entries }: Pick<Observed, 'role' | 'policies' | 'entries'>,
  owned: ReadonlySet<AccessName> = new Set(),
): PresentBindings =>
  presentBindings({ policies, entries }, owned, (resource, policy) =>
    ourBindings(settings, resource, policy).filter(({ ref }) => roleKey(ref) === roleKey(role.ref)),
  );

/** The same, if the role's bindings of our pools in each policy are known already. */
export const presentBindings = (
  { policies, entries }: Pick<Observed, 'policies' | 'entries'>,
  owned: ReadonlySet<AccessName>,
  oursIn: (resource: ResourceName, policy: AllowPolicy) => readonly OurBinding[],
): PresentBindings => {
  const found = new Map<string, BindingId>();
  const unattributed: BindingId[] = [];
  for (const [resource, observed] of policies) {
    if (observed.kind !== 'read') continue;
    for (const { ref: _, isInherited = false, ...ours } of oursIn(resource, observed.policy)) {
      const binding: BindingId = { ...ours, resource };
      if (isInherited && !owned.has(accessOf(binding))) unattributed.push(binding);
      else found.set(bindingKey(binding), binding);
    }
    for (const entry of entries) {
      if (entry.resource !== resource || found.has(bindingKey(entry))) continue;
      if (holdsBinding(observed.policy, entry)) found.set(bindingKey(entry), entry);
    }
  }
  return { found, unattributed: unattributed.filter((binding) => !found.has(bindingKey(binding))) };
};

/** Bindings of the role that exist or that the ledger lists, and that no grant asks for. */
export const unwantedBindings = (
  { entries }: Pick<Observed, 'entries'>,
  { wanted, found }: RoleBindings,
): readonly BindingId[] => {
  const present = new Map<string, BindingId>([
    ...entries.map((entry) => [bindingKey(entry), entry] as const),
    ...found,
  ]);
  return [...present].flatMap(([key, binding]) => (wanted.has(key) ? [] : [binding]));
};

/** Entries that may leave the ledger, and those that may not yet: someone may be about to bind. */
export const goneEntries = (
  observed: Pick<Observed, 'policies' | 'entries'>,
  bindings: RoleBindings,
  now: Date,
): { readonly gone: readonly LedgerEntry[]; readonly undecided: readonly LedgerEntry[] } => {
  const missing = missingEntries(observed, bindings);
  return {
    gone: missing.filter((entry) => !mayStillBind(entry, now)),
    undecided: missing.filter((entry) => mayStillBind(entry, now)),
  };
};

/** Entries whose bindings are confirmed gone, or would be if they were older. */
const missingEntries = (
  { policies, entries }: Pick<Observed, 'policies' | 'entries'>,
  { wanted, found }: RoleBindings,
): readonly LedgerEntry[] =>
  entries.filter((entry) => {
    switch (policies.get(entry.resource)?.kind) {
      case 'read':
        return !found.has(bindingKey(entry)) && !wanted.has(bindingKey(entry));
      case 'absent':
        return true;
      case 'unreadable':
      case undefined:
        return false;
    }
  });

/** The writer of an entry younger than this may still bind: it is the timeout of reconcile (serverless.yml). */
export const reconcileTimeoutMilliseconds = 300_000;

/** Whether the function that announced a binding may still make it. No function announces far in the future. */
export const mayStillBind = ({ announcedAt }: LedgerEntry, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(announcedAt)) < reconcileTimeoutMilliseconds;
