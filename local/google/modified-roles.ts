import type { LocalBinding } from './policies.ts';

/**
 * The roles whose grants a new policy changes, sorted: the attribute `iam.googleapis.com/modifiedGrantsByRole`.
 * https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
 */
export const modifiedRoles = (
  before: readonly LocalBinding[],
  after: readonly LocalBinding[],
): readonly string[] => {
  const [was, becomes] = [grantsOf(before), grantsOf(after)];
  const changed = [...was, ...becomes].filter(([key]) => was.has(key) !== becomes.has(key));
  return [...new Set(changed.map(([, role]) => role))].toSorted();
};

/** Each grant, as one member of one role under one condition, with its role. */
const grantsOf = (bindings: readonly LocalBinding[]): ReadonlyMap<string, string> =>
  new Map(
    bindings.flatMap(({ role, members, condition: { title, description, expression } = {} }) =>
      members.map(
        (member) => [JSON.stringify([role, member, title, description, expression]), role] as const,
      ),
    ),
  );
