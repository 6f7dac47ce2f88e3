import { ourBindings } from '../core/iam-policy.ts';
import { suggestionOf } from '../core/role-argument.ts';
import { keyName } from '../core/role-key.ts';
import { areRolesComplete } from './snapshot.ts';
import type { Survey } from './survey.ts';

/** A role that a person named, and that does not exist. */
export interface MissingRole {
  readonly roleName: string;
  /** A sentence with the names that the person may have meant; begins with a space. */
  readonly suggestion: string;
}

/**
 * The named roles that do not exist and that have nothing left: the survey saw no binding, no config and no entry in the
 * ledger. None if not all roles could be listed. If the survey has blind spots, access may be left there.
 */
export const missingRoles = (found: Survey, names: readonly string[]): readonly MissingRole[] => {
  const { seen, settings, table, drifted } = found;
  if (!areRolesComplete(settings, seen)) return [];
  const existing = seen.roles.map(({ ref }) => ref.roleName);
  const known = new Set(
    [
      ...existing,
      ...drifted.map(({ drift }) => drift.ref.roleName),
      ...[...seen.policies.values()].flatMap((observed) =>
        observed.kind === 'read' ? ourBindings(settings, observed.policy).map(({ ref }) => ref.roleName) : [],
      ),
      ...[...(table.view?.ledgers.values() ?? [])].flatMap(({ role, entries }) =>
        entries.length === 0 ? [] : [role.roleName],
      ),
    ].map(keyName),
  );
  return names
    .filter((name) => !known.has(keyName(name)))
    .map((roleName) => ({ roleName, suggestion: suggestionOf(roleName, existing) }));
};
