import { type AllowPolicy, conditionsOf } from '../core/iam-policy.ts';
import { memberOf } from '../core/member.ts';
import type { RoleRef } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import { workloadIdentityUser } from '../core/target.ts';
import { listerRole } from '../setup/custom-roles.ts';
import { checkServiceAccount } from './account-checks.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, ok, okUnless, type Problem, warning } from './finding.ts';
import { isSignInFailure, latest, quoted } from './function-errors-check.ts';
import { exchangeLinks, functionRoles, googleCheck } from './google-check.ts';
import { checkPermissions, type HeldPermissions, readHeldPermissions } from './permissions.ts';
import type { LogLine } from './ports.ts';

/** rolebridge's own service account, how the functions act as it, and the projects that it lists. */
export const ownAccountChecks = (context: Context, projects: readonly string[]): readonly Check[] => {
  const check = googleCheck(context);
  const { stage } = context;
  return [
    check('own-account', "rolebridge's account", 'iam.serviceAccounts.get', async ({ settings, google }) => {
      const { serviceAccount } = settings.google;
      const state = await google.serviceAccount(serviceAccount);
      return checkServiceAccount(serviceAccount, state, `Create it: ${rolebridge(stage, 'setup')}`);
    }),
    check(
      'function-access',
      'Who may act as it',
      'iam.serviceAccounts.getIamPolicy',
      async ({ settings, google }) => {
        const policy = (await google.accountPolicy(settings.google.serviceAccount)) ?? {};
        return checkFunctionAccess(settings, stage, await functionRoles(context), policy);
      },
      // Members contain the project's number and the AWS account.
      { needs: ['own-account'], causedBy: ['google-project', 'aws-account'] },
    ),
    check(
      'own-exchange',
      "The functions' way into Google",
      'logs:FilterLogEvents',
      async ({ settings }) =>
        checkOwnExchange(settings, stage, await context.failures().catch(() => undefined)),
      { needs: [...exchangeLinks, 'own-account', 'function-access'] },
    ),
    ...projects.map((project) =>
      check(
        `lister:${project}`,
        `Lister role on ${project}`,
        'resourcemanager.projects.getIamPolicy, iam.roles.get',
        async ({ settings, google }) => {
          const member = `serviceAccount:${settings.google.serviceAccount}`;
          const policies = [() => google.projectPolicy(project)];
          return checkLister(settings, stage, project, await readHeldPermissions(google, member, policies));
        },
        { needs: ['own-account'] },
      ),
    ),
  ];
};

/** The AWS roles of both functions must be able to act as rolebridge's own account. */
export const checkFunctionAccess = (
  settings: Settings,
  stage: string,
  roles: readonly RoleRef[],
  policy: AllowPolicy,
): Finding => {
  const { serviceAccount, project } = settings.google;
  const problems = roles.flatMap((role): readonly Problem[] => {
    const member = memberOf(settings, role);
    return conditionsOf(policy, workloadIdentityUser, member).includes(undefined)
      ? []
      : [
          {
            message: `The function's role ${role.roleName} may not act as ${serviceAccount}.`,
            fix:
              `Allow it: ${rolebridge(stage, 'setup')}\n` +
              `Or: gcloud iam service-accounts add-iam-policy-binding ${serviceAccount} --project ${project} --role ${workloadIdentityUser} --member ${member} --condition None`,
          },
        ];
  });
  return okUnless(
    problems,
    `${roles.map(({ roleName }) => roleName).join(' and ')} may act as ${serviceAccount}.`,
  );
};

/** Other checks found the path to Google in order, so only the functions' logs can show a failure. */
export const checkOwnExchange = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  lines: readonly LogLine[] | undefined,
): Finding => {
  const last = latest((lines ?? []).filter(isSignInFailure));
  if (last !== undefined)
    return warning(
      `Within 24 hours a function could not sign in as ${serviceAccount}, last ${quoted(last)}`,
      `The checks above show the current state. If the cause was fixed since then, try again: ${rolebridge(stage, 'sweep')}\nIf not: ${rolebridge(stage, 'explain')} "<Google's words>"`,
    );
  return ok(
    `Pool, provider, mapping and binding let the functions act as ${serviceAccount}${lines === undefined ? '; their logs could not be read' : ', and no sign-in failed within 24 hours'}.`,
  );
};

/** The sweep must be able to list the service accounts of a project. */
export const checkLister = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  project: string,
  permissions: HeldPermissions,
): Finding =>
  checkPermissions({
    ...permissions,
    member: serviceAccount,
    operation: `list the service accounts of project ${project}`,
    needed: listerRole('').permissions,
    fix: `Grant it the lister role: ${rolebridge(stage, 'setup')}`,
  });
