import { type Forecast, plan } from '../app/plan.ts';
import { isStatusChange } from '../core/change.ts';
import { changeText } from '../core/drift.ts';
import { isDryRun } from '../core/mode.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';
import { needsGoogle } from './google-check.ts';
import { orRevoked } from './ledger-checks.ts';
import type { DoctorPorts } from './ports.ts';
import type { InspectedRole } from './role-case.ts';
import { needsAws } from './stack-check.ts';

/** Compares everything with everything, as the sweep does: also bindings of roles that have no tag. */
export const accessCheck = (
  context: Context,
  survey: DoctorPorts['survey'],
  inspected: readonly InspectedRole[],
  causedBy: readonly string[],
): Check => ({
  id: 'access',
  group: 'Roles',
  title: 'Access of all roles',
  permission:
    'iam:GetAccountAuthorizationDetails, ssm:GetParametersByPath, dynamodb:Scan, iam.serviceAccounts.list, iam.serviceAccounts.getIamPolicy',
  needs: [...needsGoogle, ...needsAws],
  causedBy,
  run: async () => {
    const settings = await context.settings();
    const { aws, names, stage } = context;
    const forecast = await plan(settings, survey(settings));
    const ledger = await aws.ledger(names.sweepFunction).catch(() => undefined);
    const isReported = ledger?.kind === 'there' && (ledger.held ?? []).length > 0;
    return orRevoked(context, checkAccess(stage, withoutStatuses(forecast, inspected), isReported));
  },
});

/** The roles that doctor looks at, all of the home account, have a check of their own for statuses. */
const withoutStatuses = (forecast: Forecast, inspected: readonly InspectedRole[]): Forecast => {
  const inspectedNames = new Set(inspected.map(({ name }) => name));
  return {
    ...forecast,
    roles: forecast.roles.map((role) =>
      role.ref.accountId === forecast.accountId && inspectedNames.has(role.ref.roleName)
        ? { ...role, changes: role.changes.filter(({ change }) => !isStatusChange(change)) }
        : role,
    ),
  };
};

/**
 * Drift, and bindings that someone made by hand, are failures. A wrong status is a warning, as is what the revocation limit
 * holds, unless the check of the ledger reports it.
 */
export const checkAccess = (
  stage: string,
  { mode, roles, blindSpots, notReadable }: Pick<Forecast, 'mode' | 'roles' | 'blindSpots' | 'notReadable'>,
  isHeldReported: boolean,
): Finding => {
  const changes = roles.flatMap(({ ref, changes: ofRole }) =>
    ofRole
      // The ledger's own corrections change no access.
      .filter(({ change }) => change.kind !== 'list' && change.kind !== 'unlist')
      .map(({ change, isHeld }) => ({
        text: `${ref.roleName}: ${changeText(change)}`,
        isHeld,
        isStatus: isStatusChange(change),
      })),
  );
  const due = changes.filter(({ isHeld, isStatus }) => !isHeld && !isStatus).map(({ text }) => text);
  const statuses = changes.filter(({ isStatus }) => isStatus).map(({ text }) => text);
  const held = changes.filter(({ isHeld }) => isHeld).map(({ text }) => text);
  const unseen = blindSpots.map(({ what, reason }) => `Not seen: ${what} (${reason})`);
  const show = `See all of it: ${rolebridge(stage, 'plan')}`;
  if (due.length > 0) {
    const finding = isDryRun(mode) ? warning : failed;
    return finding(
      [`Access differs from the tags. The sweep would change: ${listed(due)}.`, ...unseen].join('\n'),
      `${show}\nLet rolebridge repair it: ${rolebridge(stage, 'sweep')}`,
    );
  }
  if (unseen.length > 0)
    return unknown(['Nothing differs from the tags in what was seen.', ...unseen].join('\n'), show);
  if (statuses.length > 0 && !isDryRun(mode))
    return warning(
      `Statuses differ from the access. The sweep would change: ${listed(statuses)}.`,
      `${show}\nLet rolebridge repair it: ${rolebridge(stage, 'sweep')}`,
    );
  if (held.length > 0 && isHeldReported)
    return ok('Nothing differs from the tags except what the revocation limit holds: see "Ledger".');
  if (held.length > 0)
    return warning(
      `${counted(held.length, 'change')} held by the revocation limit: ${listed(held)}.`,
      `${show}\nWhat to do: docs/operations.md, "Held revocations"`,
    );
  return ok(
    'All bindings and configs are what the tags request.',
    notReadable.length === 0
      ? undefined
      : `${counted(notReadable.length, 'service account')} could not be read; no tag and no ledger entry names them.`,
  );
};
