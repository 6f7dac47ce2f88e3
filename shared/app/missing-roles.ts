import { ourBindings } from '../core/iam-policy.ts';
import type { RoleRef } from '../core/model.ts';
import { isNamedRole, type NamedRole, suggestionOf } from '../core/role-argument.ts';
import { areRolesComplete } from './snapshot.ts';
import type { Survey } from './survey.ts';

/** A role that a person named, and that does not exist. */
export interface MissingRole extends NamedRole {
  /** A sentence with the names that the person may have meant; begins with a space. */
  readonly suggestion: string;
}

/**
 * The named roles that do not exist and that have nothing left: the survey saw no binding, no config and no entry in the
 * ledger. None if not all roles could be listed. If the survey has blind spots, access may be left there.
 */
export const missingRoles = (found: Survey, named: readonly NamedRole[]): readonly MissingRole[] => {
  if (!areRolesComplete(found.settings, found.seen)) return [];
  const known = knownRoles(found);
  const existing = found.seen.roles.map(({ ref }) => ref.roleName);
  return named
    .filter((one) => !known.some((ref) => isNamedRole(ref, one)))
    .map((one) => ({ ...one, suggestion: suggestionOf(one.roleName, existing) }));
};

/** Every role that exists, or that has a binding, a config or an entry in the ledger. */
export const knownRoles = ({ seen, settings, table, drifted }: Survey): readonly RoleRef[] => [
  ...seen.roles.map(({ ref }) => ref),
  ...drifted.map(({ drift }) => drift.ref),
  ...[...seen.policies].flatMap(([resource, observed]) =>
    observed.kind === 'read' ? ourBindings(settings, resource, observed.policy).map(({ ref }) => ref) : [],
  ),
  ...[...(table.view?.ledgers.values() ?? [])].flatMap(({ role, entries }) =>
    entries.length === 0 ? [] : [role],
  ),
];
