import { optInCommand, policyPermissions } from '../core/policy-permissions.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, type Settings } from '../core/settings.ts';
import { resourceEditorRole } from '../setup/custom-roles.ts';
import { rolesOfLimit } from '../setup/limit.ts';
import { stageFlag } from './commands.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';
import { checkPermissions, type HeldPermissions } from './permissions.ts';

/** The owner of a resource opts in by letting rolebridge edit its allow policy. */
export const checkResourceOptIn = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  resource: ResourceName,
  permissions: HeldPermissions,
): Finding =>
  checkPermissions({
    ...permissions,
    member: serviceAccount,
    operation: `edit the allow policy of ${resource}`,
    needed: resourceEditorRole('', resource).permissions,
    fix: optInFix(stage, resource),
  });

/** On a whole project, rolebridge's own grant has a condition: it may give only the Google roles that rules name there. */
export const checkProjectOptIn = (
  settings: Pick<Settings, 'allow' | 'google'>,
  stage: string,
  resource: ResourceName,
  { held, unread }: HeldPermissions,
): Finding => {
  const { serviceAccount } = settings.google;
  const wanted = fileSites(settings)
    .filter((site) => site.resource === resource)
    .map(({ googleRole }) => googleRole);
  const editing = held.filter(({ permissions }) => permissions.includes(policyPermissions(resource).edit));
  const fix = optInFix(stage, resource);
  if (editing.some(({ condition }) => condition === undefined))
    return warning(
      `${serviceAccount} may give and revoke every Google role on ${resource}: its own grant there has no limit.`,
      `Limit it to the roles that rules name, and remove the grant without a condition. ${fix}`,
    );
  const limit = new Set(editing.flatMap(({ condition }) => rolesOfLimit(condition ?? {})));
  const missing = wanted.filter((role) => !limit.has(role));
  if (missing.length === 0) return ok(`${serviceAccount} may give ${listed(wanted)} on ${resource}.`);
  return unread.length > 0
    ? unknown(
        `Not checked whether ${serviceAccount} may give ${listed(missing)} on ${resource}: ${unread.join('; ')}`,
      )
    : failed(`${serviceAccount} may not give ${listed(missing)} on ${resource}.`, fix);
};

const optInFix = (stage: string, resource: ResourceName): string =>
  `Its owner opts it in: ${optInCommand(resource)}${stageFlag(stage)}`;
