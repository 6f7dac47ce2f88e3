import type { MissingRole } from '../shared/app/missing-roles.ts';
import type { BlindSpot } from '../shared/app/snapshot.ts';
import { noSuchRole } from '../shared/core/role-argument.ts';

interface Found {
  readonly accountId: string;
  readonly missing: readonly MissingRole[];
  readonly blindSpots: readonly BlindSpot[];
}

/**
 * @throws PermanentError if a named role does not exist, and everything was seen: then nothing of it is left. If something was
 * not seen, the blind spots and `missingLines` are shown instead.
 */
export const assertExists = ({ accountId, missing, blindSpots }: Found): void => {
  const [first] = missing;
  if (first !== undefined && blindSpots.length === 0)
    throw noSuchRole({ accountId, roleName: first.roleName }, first.suggestion);
};

/** For a document that has blind spots. */
export const missingLines = (missing: readonly MissingRole[]): readonly string[] =>
  missing.map(
    ({ roleName, suggestion }) =>
      `There is no role ${roleName}. It may still have access where rolebridge could not look.${suggestion}`,
  );
