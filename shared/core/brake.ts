import { createHash } from 'node:crypto';
import type { Change, PolicyChange } from './change.ts';
import type { Desired } from './desired.ts';
import { hasEnded } from './iam-policy.ts';
import type { RoleRef, RoleState } from './model.ts';
import type { ResourceName } from './service-account.ts';
import { providerOf, type Settings } from './settings.ts';

/** Access that a role has now and that the sweep would take away. */
export interface Revocation {
  readonly role: RoleRef;
  readonly resource: ResourceName;
}

/**
 * `held`: more revocations than the limit, and nobody approved this very plan. `blind`: the list of roles broke off, so
 * that they could not be counted.
 */
export type Brake =
  | { readonly kind: 'released'; readonly count: number }
  | { readonly kind: 'blind'; readonly count: number }
  | { readonly kind: 'held'; readonly count: number; readonly limit: number; readonly hash: string };

/** Names a set of revocations; another set, by one role or one account, has another hash. */
export const revocationsHash = (revocations: readonly Revocation[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify(
        revocations
          .map(({ role, resource }) => `${role.partition} ${role.accountId} ${role.roleName} ${resource}`)
          .toSorted(),
      ),
    )
    .digest('hex')
    .slice(0, 16);

export interface BrakeOptions {
  /** `sweep.maxRevocations` */
  readonly limit: number;
  /** Whether all roles were seen, and so all revocations counted. */
  readonly isWhole: boolean;
  readonly approvedHash?: string | undefined;
}

/** Decides whether so many revocations may be made. An approval is good for the plan that it names, and so for once. */
export const brakeOf = (
  revocations: readonly Revocation[],
  { limit, isWhole, approvedHash }: BrakeOptions,
): Brake => {
  const count = revocations.length;
  if (!isWhole) return { kind: 'blind', count };
  const hash = revocationsHash(revocations);
  return count <= limit || hash === approvedHash
    ? { kind: 'released', count }
    : { kind: 'held', count, limit, hash };
};

/**
 * What a look may take away: a role event everything, since somebody asked for it; a drift only what the sweep counted
 * and the brake released, so that whatever the sweep did not see stays.
 */
export type MayRevoke = 'everything' | readonly ResourceName[];

/** Whose access it is. */
export interface Holder {
  readonly role: RoleState;
  readonly desired: Desired;
  /** Whether the role's account is in rolebridge.yml: if not, we do not know whether the role exists. */
  readonly isConfigured: boolean;
}

export const holderOf = (settings: Settings, role: RoleState, desired: Desired): Holder => ({
  role,
  desired,
  isConfigured: providerOf(settings, role.ref) !== undefined,
});

/**
 * Whether a change takes away access that somebody may miss: not that of a role that is gone, not what has ended by its
 * own condition, and not a binding that is only corrected.
 */
export const isRevocation = (
  change: Change,
  { role, desired, isConfigured }: Holder,
  now: Date,
): change is PolicyChange =>
  change.kind === 'unbind' &&
  !(role.kind === 'absent' && isConfigured) &&
  !desired.grants.some(({ target }) => target.email === change.email) &&
  !hasEnded(change.edit.condition, now);

/**
 * Leaves out the revocations that may not be made, and whatever would remove or overwrite their configs; all other
 * changes stay.
 */
export const withhold = (
  changes: readonly Change[],
  mayRevoke: MayRevoke,
  holder: Holder,
  now: Date,
): readonly Change[] => {
  if (mayRevoke === 'everything') return changes;
  const held = changes.filter(
    (change): change is PolicyChange =>
      isRevocation(change, holder, now) && !mayRevoke.includes(change.resource),
  );
  const isHeld = (resource: ResourceName): boolean => held.some((change) => change.resource === resource);
  return changes.filter((change) => {
    switch (change.kind) {
      case 'unbind':
        return !held.some(({ id }) => id === change.id);
      case 'publish':
        return !change.replaces.some(isHeld);
      case 'unpublish':
        return !change.resources.some(isHeld);
      // The entry may name the role in another casing than the binding that stays.
      case 'unlist':
        return !isHeld(change.resource);
      case 'bind':
      case 'list':
        return true;
    }
  });
};
