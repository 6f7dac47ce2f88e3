import pMap from 'p-map';
import { PermanentError, toFailure } from '../core/errors.ts';
import { poolPath } from '../core/settings.ts';
import { requiredServices } from '../setup/wanted.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { checkOwnExchange } from './exchange.ts';
import { type Finding, failed, ok } from './finding.ts';
import { checkMaker, exchangeLinks, functionRefs } from './google-check.ts';
import { heldBy } from './held.ts';
import type { MappedRole } from './mapping.ts';
import { mappingChecks } from './mapping-checks.ts';
import { checkFunctionAccess, checkLister } from './permissions.ts';
import {
  checkApis,
  checkMarker,
  checkPool,
  checkProject,
  checkProvider,
  checkServiceAccount,
  providerName,
  type SeenProject,
} from './pool-checks.ts';
import type { GoogleView } from './ports.ts';

const ownLinks = ['own-account', 'function-access'];

/** Undefined where Google does not let us look. */
const seenProject = async (google: GoogleView, idOrNumber: string): Promise<SeenProject> => {
  try {
    const project = await google.project(idOrNumber);
    return project.number === '' ? undefined : project;
  } catch (thrown) {
    if (thrown instanceof PermanentError && thrown.because !== undefined) return undefined;
    throw thrown;
  }
};

/** Any answer of Google's but "who are you" shows that the credentials are good. */
const checkCredentials = async (context: Context): Promise<Finding> => {
  try {
    const { google } = await context.settings();
    await seenProject(await context.google(), google.projectNumber);
    return ok('Google knows you.');
  } catch (thrown) {
    return failed(
      `Google does not know you, or cannot be reached: ${toFailure(thrown).message}`,
      'Sign in: gcloud auth application-default login',
    );
  }
};

const poolChecks = (context: Context): readonly Check[] => {
  const check = checkMaker(context);
  const { stage } = context;
  return [
    {
      id: 'google-credentials',
      group: 'Google',
      title: 'Google credentials',
      permission: 'nothing',
      needs: ['config'],
      causedBy: [],
      run: () => checkCredentials(context),
    },
    check('google-project', 'Project', 'resourcemanager.projects.get', async ({ settings, google }) =>
      checkProject(
        settings,
        await seenProject(google, settings.google.projectNumber),
        await seenProject(google, settings.google.project),
      ),
    ),
    check('google-apis', 'APIs', 'serviceusage.services.get', async ({ settings, google }) => {
      const states = await pMap(requiredServices, async (api) => ({
        api,
        isOn: await google.isServiceEnabled(settings.google.project, api),
      }));
      return checkApis(
        settings,
        states.filter(({ isOn }) => !isOn).map(({ api }) => api),
      );
    }),
    check(
      'pool',
      'Pool',
      'iam.workloadIdentityPools.get',
      async ({ settings, google }) => checkPool(settings, stage, await google.pool(poolPath(settings))),
      { causedBy: ['google-project'] },
    ),
    check(
      'pool-marker',
      "Pool's owner",
      'iam.workloadIdentityPools.get',
      async ({ settings, google }) => checkMarker(settings, stage, await google.pool(poolPath(settings))),
      { needs: ['pool'], causedBy: ['aws-account'] },
    ),
    check(
      'provider',
      'Provider',
      'iam.workloadIdentityPoolProviders.get',
      async ({ settings, google, account }) =>
        checkProvider(
          settings,
          stage,
          account,
          await google.provider(providerName(settings, account.provider)),
        ),
      { needs: ['pool'], causedBy: ['aws-account'] },
    ),
  ];
};

const ownChecks = (context: Context): readonly Check[] => {
  const check = checkMaker(context);
  const { stage } = context;
  return [
    check('own-account', "rolebridge's account", 'iam.serviceAccounts.get', async ({ settings, google }) => {
      const { serviceAccount } = settings.google;
      return checkServiceAccount(
        serviceAccount,
        await google.serviceAccount(serviceAccount),
        `Make it: ${rolebridge(stage, 'setup')}`,
      );
    }),
    check(
      'function-access',
      'Who may act as it',
      'iam.serviceAccounts.getIamPolicy',
      async ({ settings, google }) => {
        const policy = (await google.accountPolicy(settings.google.serviceAccount)) ?? {};
        return checkFunctionAccess(settings, stage, await functionRefs(context), policy);
      },
      // Members name the project's number and the account.
      { needs: ['own-account'], causedBy: ['google-project', 'aws-account'] },
    ),
    check(
      'own-exchange',
      "The functions' way into Google",
      'logs:FilterLogEvents',
      async ({ settings }) =>
        checkOwnExchange(settings, stage, await context.failures().catch(() => undefined)),
      { needs: [...exchangeLinks, ...ownLinks] },
    ),
  ];
};

const listerChecks = (context: Context, projects: readonly string[]): readonly Check[] => {
  const check = checkMaker(context);
  return projects.map((project) =>
    check(
      `lister:${project}`,
      `Lister role on ${project}`,
      'resourcemanager.projects.getIamPolicy, iam.roles.get',
      async ({ settings, google }) => {
        const member = `serviceAccount:${settings.google.serviceAccount}`;
        const { held, unread } = await heldBy(google, member, [() => google.projectPolicy(project)]);
        return checkLister(settings, context.stage, project, held, unread);
      },
      { needs: ['own-account'] },
    ),
  );
};

/** The Google side that setup makes. */
export const googleChecks = (
  context: Context,
  projects: readonly string[],
  mappedRoles: () => Promise<readonly MappedRole[]>,
): readonly Check[] => [
  ...poolChecks(context),
  ...mappingChecks(context, mappedRoles),
  ...ownChecks(context),
  ...listerChecks(context, projects),
];
