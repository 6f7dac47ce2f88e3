import { createHash } from 'node:crypto';
import type { Desired } from './desired.ts';
import type { RoleRef } from './model.ts';
import { type Change, type PolicyChange, withoutDependents } from './plan.ts';
import type { ResourceName } from './service-account.ts';

/** Access that a role has now and that the sweep would take away. */
export interface Revocation {
  readonly role: RoleRef;
  readonly resource: ResourceName;
}

/** `held`: more revocations than the limit, and nobody approved this very plan. */
export type Brake =
  | { readonly kind: 'released'; readonly count: number }
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

/** Decides whether so many revocations may be made. An approval is good for the plan that it names, and so for once. */
export const brakeOf = (
  revocations: readonly Revocation[],
  limit: number,
  approvedHash: string | undefined,
): Brake => {
  const count = revocations.length;
  const hash = revocationsHash(revocations);
  return count <= limit || hash === approvedHash
    ? { kind: 'released', count }
    : { kind: 'held', count, limit, hash };
};

/** Whether a change takes access away, and does not merely correct how it is given. */
export const isRevocation = (change: Change, desired: Desired): change is PolicyChange =>
  change.kind === 'unbind' && !desired.grants.some(({ target }) => target.email === change.email);

/** Holds back the revocations on some resources, and all that waits for them; narrower repairs go on. */
export const withhold = (
  changes: readonly Change[],
  held: readonly ResourceName[],
  desired: Desired,
): readonly Change[] => {
  const revocations = changes.filter(
    (change) => isRevocation(change, desired) && held.includes(change.resource),
  );
  return withoutDependents(changes, new Set(revocations.map(({ id }) => id)));
};
