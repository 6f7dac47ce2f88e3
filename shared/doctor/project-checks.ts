import pMap from 'p-map';
import { PermanentError, toFailure } from '../core/errors.ts';
import type { Settings } from '../core/settings.ts';
import { servicesFor } from '../setup/services.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, failed, listed, ok, unknown } from './finding.ts';
import { googleCheck } from './google-check.ts';
import type { GoogleView } from './ports.ts';

/** Google credentials, the project of the pool, and its APIs. */
export const projectChecks = (context: Context): readonly Check[] => {
  const check = googleCheck(context);
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
        await readProject(google, settings.google.projectNumber),
        await readProject(google, settings.google.project),
      ),
    ),
    check('google-apis', 'APIs', 'serviceusage.services.get', async ({ settings, google }) => {
      const states = await pMap(servicesFor(settings), async (api) => ({
        api,
        isEnabled: await google.isServiceEnabled(settings.google.project, api),
      }));
      return checkApis(
        settings,
        states.filter(({ isEnabled }) => !isEnabled).map(({ api }) => api),
      );
    }),
  ];
};

/** Any answer except "unauthenticated" shows that the credentials are good. */
const checkCredentials = async (context: Context): Promise<Finding> => {
  try {
    const { google } = await context.settings();
    await readProject(await context.google(), google.projectNumber);
    return ok('Signed in to Google.');
  } catch (thrown) {
    return failed(
      `Cannot sign in to Google, or cannot reach it: ${toFailure(thrown).message}`,
      'Sign in: gcloud auth application-default login',
    );
  }
};

/** Undefined if Google denies access, because then it does not reveal whether the project exists. */
const readProject = async (google: GoogleView, idOrNumber: string): Promise<ProjectState | undefined> => {
  try {
    const project = await google.project(idOrNumber);
    return project.number === '' ? undefined : project;
  } catch (thrown) {
    if (thrown instanceof PermanentError && thrown.because !== undefined) return undefined;
    throw thrown;
  }
};

export interface ProjectState {
  readonly id: string;
  readonly number: string;
}

/** The project and its number in rolebridge.yml must belong together; each is looked up by itself. */
export const checkProject = (
  { google: { project, projectNumber } }: Settings,
  byNumber: ProjectState | undefined,
  byId: ProjectState | undefined,
): Finding => {
  if (byNumber !== undefined && byNumber.id !== project)
    return failed(
      `google.projectNumber ${projectNumber} is the number of project ${byNumber.id}, but google.project is ${project}.`,
      `Correct rolebridge.yml. The number of ${project}: gcloud projects describe ${project} --format 'value(projectNumber)'`,
    );
  if (byNumber !== undefined) return ok(`${project} has the number ${projectNumber}.`);
  if (byId !== undefined)
    return failed(
      `Project ${project} has the number ${byId.number}, but google.projectNumber is ${projectNumber}.`,
      `Write projectNumber: "${byId.number}" into rolebridge.yml.`,
    );
  return unknown(
    `Project ${project} does not exist, or you may not see it: Google does not reveal which.`,
    `Find out: gcloud projects describe ${project} (needs resourcemanager.projects.get, as in roles/browser)`,
  );
};

export const checkApis = (settings: Settings, disabledServices: readonly string[]): Finding => {
  const { project } = settings.google;
  return disabledServices.length === 0
    ? ok(`${listed(servicesFor(settings))} are enabled in ${project}.`)
    : failed(
        `${disabledServices.length === 1 ? 'The API' : 'The APIs'} ${listed(disabledServices)} ${disabledServices.length === 1 ? 'is' : 'are'} disabled in project ${project}.`,
        `Enable: gcloud services enable ${disabledServices.join(' ')} --project ${project}`,
      );
};
