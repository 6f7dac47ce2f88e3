import { isStatusChange } from '../core/change.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import { isDryRun } from '../core/mode.ts';
import type { ObservedFolder } from '../core/observed.ts';
import { planRole } from '../core/plan.ts';
import { roleKey } from '../core/role-key.ts';
import { nothingAllowed } from '../core/standing.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, listed, ok, unknown, warning } from './finding.ts';
import { needsGoogle } from './google-check.ts';
import { readFolders } from './parameters-check.ts';
import { type RoleCase, type RoleCheck, readRoleCase } from './role-case.ts';
import { type Policies, readTargets } from './target-policies.ts';

/** Whether the statuses of a role's grants are published as they are. Only with `accountOutcomes.status`. */
export const statusesCheck = (context: Context, name: string, check: RoleCheck): Check =>
  check(
    'statuses',
    'Statuses',
    'ssm:GetParametersByPath, dynamodb:Scan, getIamPolicy on the service accounts and resources of its tags',
    async () => {
      const roleCase = await readRoleCase(context, name);
      const ledger = await context.aws.ledger(context.names.sweepFunction);
      if (ledger.kind === 'absent') return unknown('Not checked: there is no ledger.');
      // While everything is revoked, no status may stay.
      const settings = ledger.revokeAll === undefined ? roleCase.settings : nothingAllowed(roleCase.settings);
      return checkStatuses(
        { ...roleCase, settings },
        await readFolders(context, roleCase),
        await readTargets(context, roleCase.desired),
        ledger.entries?.get(roleKey(roleCase.role.ref)) ?? [],
      );
    },
    { needs: needsGoogle },
  );

/** A status changes no access, so a wrong one is a warning. One that waits for a binding is wrong together with that. */
export const checkStatuses = (
  { settings, stage, role, desired, now }: RoleCase,
  folders: readonly ObservedFolder[],
  policies: Policies,
  entries: readonly LedgerEntry[],
): Finding => {
  if (isDryRun(settings.mode)) return ok('The mode is dry-run: rolebridge writes no statuses.');
  const planned = planRole(settings, { role, folders, policies, entries }, desired, now);
  const problems = planned.filter(isStatusChange).flatMap((change): readonly string[] => {
    if (change.kind === 'removeStatus') return [`${change.name} in ${change.region} is left over`];
    if (change.after !== undefined) return [];
    const folder = folders.find(({ region }) => region === change.region);
    const isThere = folder?.kind === 'read' && folder.parameters.some(({ name }) => name === change.name);
    return [`${change.name} in ${change.region} ${isThere ? 'is wrong' : 'is missing'}`];
  });
  if (problems.length > 0)
    return warning(
      `The status ${listed(problems)}.`,
      `Let rolebridge repair it: ${rolebridge(stage, 'sweep')}`,
    );
  const unread = folders.filter(({ kind }) => kind === 'unreadable').map(({ region }) => region);
  return unread.length > 0
    ? unknown(`Not checked: the statuses in ${listed(unread)} cannot be read.`)
    : ok('The statuses of its grants are as they should be.');
};
