import { projectOfGoogleResource } from '../core/google-resource.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, type Settings } from '../core/settings.ts';
import { resourceEditorRole, type WantedRole } from './custom-roles.ts';
import type { SetupOptions } from './options.ts';
import { isProject } from './policy-store.ts';
import { lastOf, type SetupGrant } from './step.ts';

/** The part of the wanted state that concerns Google roles on resources. */
export interface WantedResources {
  readonly customRoles: readonly WantedRole[];
  readonly grants: readonly SetupGrant[];
  readonly limits: readonly ProjectLimit[];
}

/** The Google roles that rolebridge may give on one project. */
export interface ProjectLimit {
  readonly project: string;
  /** `projects/P` */
  readonly resource: ResourceName;
  /** Those that rules name on it. */
  readonly googleRoles: readonly string[];
  /** By an option of this run. Otherwise, setup only keeps the grant of an earlier run in step with the rules. */
  readonly isAsked: boolean;
}

interface ResourceIntent {
  readonly settings: Pick<Settings, 'allow' | 'google'>;
  readonly options: SetupOptions;
  /** The ids of the projects that have the buckets of `--opt-in-resource`. */
  readonly bucketProjects: ReadonlyMap<ResourceName, string>;
  readonly idOf: (project: string) => string;
}

export const wantedResources = (intent: ResourceIntent): WantedResources => {
  const { settings, options } = intent;
  const optedIn = options.optInResources.map((resource) => ({
    resource,
    role: resourceEditorRole(projectOf(resource, intent), resource),
  }));
  return {
    customRoles: [...new Map(optedIn.map(({ role }) => [role.name, role])).values()],
    grants: optedIn.map(({ resource, role }) => ({
      purpose: 'optInResource',
      resource,
      role: role.name,
      member: `serviceAccount:${settings.google.serviceAccount}`,
    })),
    limits: projectLimits(intent),
  };
};

const projectOf = (resource: ResourceName, { bucketProjects }: ResourceIntent): string =>
  projectOfGoogleResource(resource) ?? bucketProjects.get(resource) ?? '-';

/** One for each project that rules, options or google.projects name: any of them may have a grant of an earlier run. */
const projectLimits = ({ settings, options, idOf }: ResourceIntent): readonly ProjectLimit[] => {
  const { google } = settings;
  const asked = new Set(options.optInProjectGrants.map(idOf));
  const listed = new Set([google.project, ...google.projects].map(idOf));
  const sites = Map.groupBy(
    fileSites(settings).filter(({ resource }) => isProject(resource)),
    ({ resource }) => lastOf(resource),
  );
  return [...new Set([...listed, ...sites.keys(), ...asked])].map((project) => ({
    project,
    resource: `projects/${project}`,
    googleRoles: (sites.get(project) ?? []).map(({ googleRole }) => googleRole).toSorted(),
    isAsked: asked.has(project),
  }));
};
