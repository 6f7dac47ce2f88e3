import { PermanentError } from '../core/errors.ts';
import type { ServiceAccountState } from '../core/google-side.ts';
import { projectOf } from '../core/service-account.ts';
import { checkPrincipals } from './account.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { needsGoogle } from './google-check.ts';
import { heldBy } from './held.ts';
import { checkOptIn } from './permissions.ts';
import { checkServiceAccount } from './pool-checks.ts';
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
          await confirmedAccount(await context.google(), email),
          `Make it, or tag the role with another one. Deleted within 30 days: gcloud iam service-accounts undelete <unique id>`,
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
        const { held, unread } = await heldBy(google, `serviceAccount:${settings.google.serviceAccount}`, [
          () => google.accountPolicy(email),
          ...(project === undefined ? [] : [() => google.projectPolicy(project)]),
        ]);
        return checkOptIn(settings, context.stage, email, held, unread);
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

/** An account is absent only if the listing of its project lacks it, after Google answered NOT_FOUND. */
const confirmedAccount = async (google: GoogleView, email: string): Promise<ServiceAccountState> => {
  const state = await google.serviceAccount(email);
  const project = projectOf(email);
  if (state.kind === 'there' || project === undefined) return state;
  const listed = await google.serviceAccounts(project);
  if (!listed.includes(email)) return state;
  throw new PermanentError(
    `Google answers NOT_FOUND for ${email}, although project ${project} lists it. Try again in a minute, and check google.endpoints in rolebridge.yml.`,
  );
};
