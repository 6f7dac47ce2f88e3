import { PermanentError } from '../core/errors.ts';
import type { ServiceAccountState } from '../core/google-side.ts';
import { type AllowPolicy, manyPrincipals, maxPrincipals, principalCount } from '../core/iam-policy.ts';
import { projectOf } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import { editorRole } from '../setup/custom-roles.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import { needsGoogle } from './google-check.ts';
import { checkPermissions, type HeldPermissions, readHeldPermissions } from './permissions.ts';
import type { GoogleView } from './ports.ts';

/** Checks of one target: a service account that tags ask for. */
export const accountChecks = (context: Context, email: string): readonly Check[] => {
  const common = { group: 'Service accounts', causedBy: [] };
  const account = `account:${email}`;
  return [
    {
      ...common,
      id: account,
      title: `Account ${email}`,
      permission: `iam.serviceAccounts.get on ${email}, iam.serviceAccounts.list on its project`,
      needs: needsGoogle,
      run: async () =>
        checkServiceAccount(
          email,
          await readAccount(await context.google(), email),
          'Create it, or tag the role with another one. If it was deleted within the last 30 days: gcloud iam service-accounts undelete UNIQUE_ID',
        ),
    },
    {
      ...common,
      id: `opt-in:${email}`,
      title: `Opt-in of ${email}`,
      permission: `iam.serviceAccounts.getIamPolicy on ${email}, resourcemanager.projects.getIamPolicy and iam.roles.get on its project`,
      needs: [...needsGoogle, account, 'own-account'],
      run: async () => {
        const settings = await context.settings();
        const google = await context.google();
        const project = projectOf(email);
        const member = `serviceAccount:${settings.google.serviceAccount}`;
        const permissions = await readHeldPermissions(google, member, [
          () => google.accountPolicy(email),
          ...(project === undefined ? [] : [() => google.projectPolicy(project)]),
        ]);
        return checkOptIn(settings, context.stage, email, permissions);
      },
    },
    {
      ...common,
      id: `principals:${email}`,
      title: `Size of the policy of ${email}`,
      permission: `iam.serviceAccounts.getIamPolicy on ${email}`,
      needs: [...needsGoogle, account],
      run: async () => {
        const policy = await (await context.google()).accountPolicy(email);
        if (policy === undefined) throw new PermanentError(`${email} is gone.`);
        return checkPrincipals(email, policy);
      },
    },
  ];
};

/** An account is absent only if Google answers NOT_FOUND and the listing of its project lacks it. */
const readAccount = async (google: GoogleView, email: string): Promise<ServiceAccountState> => {
  const state = await google.serviceAccount(email);
  const project = projectOf(email);
  if (state.kind === 'there' || project === undefined) return state;
  const emails = await google.serviceAccounts(project);
  if (!emails.includes(email)) return state;
  throw new PermanentError(
    `Google answers NOT_FOUND for ${email}, although project ${project} lists it. Try again in a minute, and check google.endpoints in rolebridge.yml.`,
  );
};

/** A target, or rolebridge's own account. */
export const checkServiceAccount = (
  email: string,
  state: ServiceAccountState,
  fixIfAbsent: string,
): Finding => {
  if (state.kind === 'absent') return failed(`The service account ${email} does not exist.`, fixIfAbsent);
  return state.isDisabled
    ? failed(
        `The service account ${email} is disabled.`,
        `Enable it: gcloud iam service-accounts enable ${email}${projectFlag(email)}`,
      )
    : ok(`${email} exists and is enabled.`);
};

/** Without it, gcloud takes the project that it is configured for. */
const projectFlag = (email: string): string => {
  const project = projectOf(email);
  return project === undefined ? '' : ` --project ${project}`;
};

/** The owner of a target opts in by letting rolebridge edit its allow policy. */
export const checkOptIn = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  email: string,
  permissions: HeldPermissions,
): Finding =>
  checkPermissions({
    ...permissions,
    member: serviceAccount,
    operation: `edit the allow policy of ${email}`,
    needed: editorRole('').permissions,
    fix:
      `Its owner opts it in: ${rolebridge(stage, `setup --opt-in ${email}`)}\n` +
      `Or: gcloud iam service-accounts add-iam-policy-binding ${email}${projectFlag(email)} --role ${editorRole(projectOf(email) ?? 'PROJECT').name} --member serviceAccount:${serviceAccount} --condition None`,
  });

/** Google accepts 1,500 principals in one allow policy, and counts every appearance. */
export const checkPrincipals = (email: string, policy: AllowPolicy): Finding => {
  const count = principalCount(policy);
  const message = `The allow policy of ${email} holds ${count} of ${maxPrincipals} principals`;
  const fix = 'For further roles, use a second service account with the same access.';
  if (count >= maxPrincipals) return failed(`${message}: no role can be added.`, fix);
  return count >= manyPrincipals ? warning(`${message}.`, fix) : ok(`${message}.`);
};
