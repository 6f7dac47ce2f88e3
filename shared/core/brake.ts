import type { Change } from './change.ts';
import type { Desired } from './desired.ts';
import { hasEnded } from './iam-policy.ts';
import type { BindingId } from './ledger.ts';
import type { RoleState } from './model.ts';
import { type ResourceName, serviceAccountResource } from './service-account.ts';
import { providerOf, type Settings } from './settings.ts';

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
  /** Access that the ledger or a policy contains, that no tag asks for, and that has not ended by its own condition. */
  readonly lasting: ReadonlySet<ResourceName>;
}

/** `unwanted`: bindings of the role that are there or that the ledger lists, and that no grant asks for. */
export const holderOf = (
  settings: Settings,
  role: RoleState,
  desired: Desired,
  unwanted: readonly BindingId[],
  now: Date,
): Holder => ({
  role,
  desired,
  isConfigured: providerOf(settings, role.ref) !== undefined,
  lasting: new Set(
    unwanted.flatMap(({ resource, condition }) => (hasEnded(condition, now) ? [] : [resource])),
  ),
});

/**
 * The access that a change ends and that someone may miss: it removes the binding, or it removes or overwrites the last
 * config. Access of a role that is gone does not count, nor access past its own end, nor a target that the tags still ask
 * for: then a binding or a copy is only corrected.
 */
export const accessEndedBy = (
  change: Change,
  { role, desired, isConfigured, lasting }: Holder,
  now: Date,
): readonly ResourceName[] => {
  if (role.kind === 'absent' && isConfigured) return [];
  return removedBy(change, now).filter(
    (resource) =>
      lasting.has(resource) &&
      !desired.grants.some(({ target }) => serviceAccountResource(target.email) === resource),
  );
};

/** A planted parameter names no access here: `resources` and `replaces` come from the ledger and the policies alone. */
const removedBy = (change: Change, now: Date): readonly ResourceName[] => {
  switch (change.kind) {
    case 'unbind':
      return hasEnded(change.edit.condition, now) ? [] : [change.resource];
    case 'unpublish':
      return change.resources;
    case 'publish':
      return change.replaces;
    case 'bind':
    case 'list':
    case 'unlist':
      return [];
  }
};

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
  const held = new Set(
    changes
      .flatMap((change) => accessEndedBy(change, holder, now))
      .filter((resource) => !mayRevoke.includes(resource)),
  );
  const isHeld = (resource: ResourceName): boolean => held.has(resource);
  return changes.filter((change) => {
    switch (change.kind) {
      case 'unbind':
        return !isHeld(change.resource) || hasEnded(change.edit.condition, now);
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
