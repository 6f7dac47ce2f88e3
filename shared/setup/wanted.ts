import { memberOf } from '../core/member.ts';
import type { PoolOwner } from '../core/ownership.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import { homeOf, poolPath, type Settings } from '../core/settings.ts';
import { workloadIdentityUser } from '../core/target.ts';
import { editorRole, listerRole, poolReaderRole, type WantedRole } from './custom-roles.ts';
import { wantedKeyReaders } from './key-readers.ts';
import { projectsNamed, type SetupOptions } from './options.ts';
import { servicesFor } from './services.ts';
import type { BindPurpose, SettingChange, SetupGrant } from './step.ts';
import { type ProjectLimit, wantedResources } from './wanted-resources.ts';

/** The wanted state of Google's side. */
export interface WantedSetup {
  readonly settings: Settings;
  /** The stage's own file: rolebridge.yml, or the override file. */
  readonly settingsPath: string;
  /** Changes to write to the files first. */
  readonly settingChanges: readonly SettingChange[];
  readonly options: SetupOptions;
  readonly functionRoles: readonly string[];
  /** This deployment, as the pool's marker names it. */
  readonly owner: PoolOwner;
  readonly pool: string;
  readonly providers: readonly { readonly name: string; readonly accountId: string }[];
  /** APIs of the pool's project. */
  readonly services: readonly string[];
  readonly customRoles: readonly WantedRole[];
  readonly grants: readonly SetupGrant[];
  readonly limits: readonly ProjectLimit[];
  /** Projects that need Policy Analyzer's API, for `--opt-in-keys`. */
  readonly analyzedProjects: readonly string[];
  /** Projects of `--opt-in` accounts that google.projects lacks, so that no tag can request their service accounts. */
  readonly unlistedProjects: readonly string[];
}

export interface SetupIntent
  extends Pick<
    WantedSetup,
    'settings' | 'settingsPath' | 'settingChanges' | 'options' | 'functionRoles' | 'owner'
  > {
  /** The id of a project, from its id or number. */
  readonly idOf: (project: string) => string;
  /** The ids of the projects that have the buckets of `--opt-in-resource`. */
  readonly bucketProjects: ReadonlyMap<ResourceName, string>;
}

/** Derives the wanted state from rolebridge.yml, the stage and the options. */
export const wantedSetup = (intent: SetupIntent): WantedSetup => {
  const { idOf, bucketProjects: _, ...rest } = intent;
  const { settings, options } = intent;
  const pool = poolPath(settings);
  const listed = new Set(settings.google.projects.map(idOf));
  const projects = [...new Set(projectsNamed(settings, options).map(idOf))];
  const parts = projects.map((project) => inProject(project, intent));
  const resources = wantedResources(intent);
  const readers = wantedKeyReaders(settings, options, idOf);
  return {
    ...rest,
    pool,
    providers: settings.accounts.map(({ id, provider }) => ({
      name: `${pool}/providers/${provider}`,
      accountId: id,
    })),
    services: servicesFor(settings, options.optInResources),
    customRoles: [
      poolReaderRole(idOf(settings.google.project)),
      ...parts.flatMap(({ customRoles }) => customRoles),
      ...resources.customRoles,
      ...readers.customRoles,
    ],
    grants: [
      ...actingGrants(intent),
      poolGrant(intent),
      ...parts.flatMap(({ grants }) => grants),
      ...resources.grants,
      ...readers.grants,
    ],
    limits: resources.limits,
    analyzedProjects: readers.projects,
    unlistedProjects: projects.filter((project) => !listed.has(project)),
  };
};

/** Only the functions' AWS roles, in the home account, may act as rolebridge. */
const actingGrants = ({ settings, functionRoles }: SetupIntent): readonly SetupGrant[] =>
  functionRoles.map((roleName) => ({
    purpose: 'actAsRolebridge',
    resource: serviceAccountResource(settings.google.serviceAccount),
    role: workloadIdentityUser,
    member: memberOf(settings, { partition: 'aws', accountId: homeOf(settings), roleName }),
  }));

const poolGrant = ({ settings: { google }, idOf }: SetupIntent): SetupGrant => ({
  purpose: 'readPool',
  resource: `projects/${idOf(google.project)}`,
  role: poolReaderRole(idOf(google.project)).name,
  member: `serviceAccount:${google.serviceAccount}`,
});

/** The custom roles of one project, and their grants. */
const inProject = (
  project: string,
  { settings, options, idOf }: SetupIntent,
): Pick<WantedSetup, 'customRoles' | 'grants'> => {
  const { serviceAccount, projects } = settings.google;
  const isHere = (named: string): boolean => idOf(named) === project;
  const isListed = projects.some(isHere);
  const [lister, editor] = [listerRole(project), editorRole(project)];
  const toRolebridge = (purpose: BindPurpose, resource: string, { name }: WantedRole): SetupGrant => ({
    purpose,
    resource,
    role: name,
    member: `serviceAccount:${serviceAccount}`,
  });
  return {
    customRoles: isListed ? [lister, editor] : [editor],
    grants: [
      ...(isListed ? [toRolebridge('list', `projects/${project}`, lister)] : []),
      ...(options.optInProjects.some(isHere)
        ? [toRolebridge('optInProject', `projects/${project}`, editor)]
        : []),
      ...options.optIn
        .filter((optIn) => isHere(optIn.project))
        .map(({ email }) => toRolebridge('optIn', serviceAccountResource(email), editor)),
    ],
  };
};
