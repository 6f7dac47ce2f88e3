import pMap from 'p-map';
import { PermanentError, toFailure } from '../core/errors.ts';
import { poolPath } from '../core/settings.ts';
import { requiredServices } from '../setup/wanted.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Facts } from './context.ts';
import { judgeOwnExchange } from './exchange.ts';
import { type Finding, failed, ok } from './finding.ts';
import { checkMaker, exchangeLinks, functionRefs } from './google-check.ts';
import { heldBy } from './held.ts';
import type { MappedRole } from './mapping.ts';
import { mappingChecks } from './mapping-checks.ts';
import { judgeFunctionAccess, judgeLister } from './permissions.ts';
import {
  judgeApis,
  judgeMarker,
  judgePool,
  judgeProject,
  judgeProvider,
  judgeServiceAccount,
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
const judgeCredentials = async (facts: Facts): Promise<Finding> => {
  try {
    const { google } = await facts.settings();
    await seenProject(await facts.google(), google.projectNumber);
    return ok('Google knows you.');
  } catch (thrown) {
    return failed(
      `Google does not know you, or cannot be reached: ${toFailure(thrown).message}`,
      'Sign in: gcloud auth application-default login',
    );
  }
};

const poolChecks = (facts: Facts): readonly Check[] => {
  const check = checkMaker(facts);
  const { stage } = facts;
  return [
    {
      id: 'google-credentials',
      group: 'Google',
      title: 'Google credentials',
      permission: 'nothing',
      needs: ['config'],
      excusedBy: [],
      run: () => judgeCredentials(facts),
    },
    check('google-project', 'Project', 'resourcemanager.projects.get', async ({ settings, google }) =>
      judgeProject(
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
      return judgeApis(
        settings,
        states.filter(({ isOn }) => !isOn).map(({ api }) => api),
      );
    }),
    check(
      'pool',
      'Pool',
      'iam.workloadIdentityPools.get',
      async ({ settings, google }) => judgePool(settings, stage, await google.pool(poolPath(settings))),
      { excusedBy: ['google-project'] },
    ),
    check(
      'pool-marker',
      "Pool's owner",
      'iam.workloadIdentityPools.get',
      async ({ settings, google }) => judgeMarker(settings, stage, await google.pool(poolPath(settings))),
      { needs: ['pool'], excusedBy: ['aws-account'] },
    ),
    check(
      'provider',
      'Provider',
      'iam.workloadIdentityPoolProviders.get',
      async ({ settings, google, account }) =>
        judgeProvider(
          settings,
          stage,
          account,
          await google.provider(providerName(settings, account.provider)),
        ),
      { needs: ['pool'], excusedBy: ['aws-account'] },
    ),
  ];
};

const ownChecks = (facts: Facts): readonly Check[] => {
  const check = checkMaker(facts);
  const { stage } = facts;
  return [
    check('own-account', "rolebridge's account", 'iam.serviceAccounts.get', async ({ settings, google }) => {
      const { serviceAccount } = settings.google;
      return judgeServiceAccount(
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
        return judgeFunctionAccess(settings, stage, await functionRefs(facts), policy);
      },
      // Members name the project's number and the account.
      { needs: ['own-account'], excusedBy: ['google-project', 'aws-account'] },
    ),
    check(
      'own-exchange',
      "The functions' way into Google",
      'logs:FilterLogEvents',
      async ({ settings }) =>
        judgeOwnExchange(settings, stage, await facts.failures().catch(() => undefined)),
      { needs: [...exchangeLinks, ...ownLinks] },
    ),
  ];
};

const listerChecks = (facts: Facts, projects: readonly string[]): readonly Check[] => {
  const check = checkMaker(facts);
  return projects.map((project) =>
    check(
      `lister:${project}`,
      `Lister role on ${project}`,
      'resourcemanager.projects.getIamPolicy, iam.roles.get',
      async ({ settings, google }) => {
        const member = `serviceAccount:${settings.google.serviceAccount}`;
        const { held, unread } = await heldBy(google, member, [() => google.projectPolicy(project)]);
        return judgeLister(settings, facts.stage, project, held, unread);
      },
      { needs: ['own-account'] },
    ),
  );
};

/** The Google side that setup makes. */
export const googleChecks = (
  facts: Facts,
  projects: readonly string[],
  mappedRoles: () => Promise<readonly MappedRole[]>,
): readonly Check[] => [
  ...poolChecks(facts),
  ...mappingChecks(facts, mappedRoles),
  ...ownChecks(facts),
  ...listerChecks(facts, projects),
];
