import type { Change } from '../core/change.ts';
import { isDryRun, proposed } from '../core/mode.ts';
import { type Grant, targetText } from '../core/model.ts';
import type { Observed } from '../core/observed.ts';
import { planRole } from '../core/plan.ts';
import { rolebridge } from './commands.ts';
import { type Finding, okUnless, type Problem, warning } from './finding.ts';
import type { RoleCase } from './role-case.ts';

/** Plans a role with the functions' own code: the changes that they would make. */
export const plannedChanges = (
  { settings, role, desired, now }: RoleCase,
  observed: Omit<Observed, 'role' | 'entries'>,
): readonly Change[] =>
  proposed(settings.mode, planRole(settings, { role, entries: [], ...observed }, desired, now));

/** Drift is a failure, except in mode dry-run, in which no one expects it to be repaired. */
export const okUnlessDrifted = (
  { settings: { mode } }: RoleCase,
  problems: readonly Problem[],
  message: string,
): Finding =>
  problems.length > 0 && isDryRun(mode)
    ? warning(
        `${problems.map((problem) => problem.message).join('\n')}\nThe mode is ${mode}: rolebridge writes nothing.`,
        'When you have seen enough, set mode: sync in rolebridge.yml and deploy.',
      )
    : okUnless(problems, message);

/** A difference that the next sweep repairs. */
export const drift = ({ stage }: RoleCase, message: string): Problem => ({
  message,
  fix: `Let rolebridge repair it: ${rolebridge(stage, 'sweep')}`,
});

/** `reader@… until 2027-02-01T00:00:00Z` */
export const grantText = ({ target, expiresAt }: Grant): string =>
  `${targetText(target)}${expiresAt === undefined ? '' : ` until ${expiresAt}`}`;

/** The functions neither give nor remove a blocked grant, so it is not drift. */
export const undecidedText = (grant: Grant, { reason }: NonNullable<Grant['blocked']>): string =>
  `Not decided whether ${grantText(grant)} is granted: ${reason}`;
