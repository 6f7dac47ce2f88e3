import type { BlindSpot } from '../shared/app/blind-spot.ts';
import type { MissingRole } from '../shared/app/missing-roles.ts';
import { noSuchRole, roleLabel } from '../shared/core/role-argument.ts';

interface Found {
  readonly missing: readonly MissingRole[];
  readonly blindSpots: readonly BlindSpot[];
}

/**
 * @throws PermanentError if a named role does not exist, and everything was seen: then nothing of it is left. If something was
 * not seen, the blind spots and `missingLines` are shown instead.
 */
export const assertExists = ({ missing, blindSpots }: Found): void => {
  const [first] = missing;
  if (first !== undefined && blindSpots.length === 0) throw noSuchRole(first, first.suggestion);
};

/** For a document that has blind spots. */
export const missingLines = (
  accountIds: readonly string[],
  missing: readonly MissingRole[],
): readonly string[] =>
  missing.map(
    (one) =>
      `There is no role ${roleLabel(accountIds, one)}. It may still have access where rolebridge could not look.${one.suggestion}`,
  );
