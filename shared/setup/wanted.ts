import { PermanentError } from '../core/errors.ts';
import { memberOf } from '../core/member.ts';
import type { PoolOwner } from '../core/pool-marker.ts';
import { isServiceAccountEmail, projectOf, serviceAccountResource } from '../core/service-account.ts';
import { homeOf, poolPath, type Settings } from '../core/settings.ts';
import { workloadIdentityUser } from '../core/target.ts';
import type { BindPurpose, SettingChange } from './step.ts';

/** Without these, neither the token exchange nor the edits of allow policies work. */
export const requiredServices = [
  'iam.googleapis.com',
  'sts.googleapis.com',
  'iamcredentials.googleapis.com',
  'cloudresourcemanager.googleapis.com',
] as const;

export interface SetupOptions {
  /** Adopt a pool that rolebridge did not create. */
  readonly adopts: boolean;
  readonly optIn: readonly OptIn[];
  /** Projects in which rolebridge may edit every service account's allow policy. */
  readonly optInProjects: readonly string[];
}

/** A service account whose allow policy rolebridge may edit, and the project that its e-mail names. */
export interface OptIn {
  readonly email: string;
  readonly project: string;
}

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
  readonly customRoles: readonly WantedRole[];
  readonly grants: readonly WantedGrant[];
  /** Projects of `--opt-in` accounts that google.projects lacks, so that no tag can request their service accounts. */
  readonly unlistedProjects: readonly string[];
}

export interface WantedRole {
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
}

export interface WantedGrant {
  readonly purpose: BindPurpose;
  readonly resource: string;
  readonly role: string;
  readonly member: string;
}

export interface SetupIntent
  extends Pick<
    WantedSetup,
    'settings' | 'settingsPath' | 'settingChanges' | 'options' | 'functionRoles' | 'owner'
  > {
  /** The id of a project, from its id or number. */
  readonly idOf: (project: string) => string;
}

/** Derives the wanted state from rolebridge.yml, the stage and the options. */
export const wantedSetup = (intent: SetupIntent): WantedSetup => {
  const { idOf, ...rest } = intent;
  const { settings, options } = intent;
  const pool = poolPath(settings);
  const listed = new Set(settings.google.projects.map(idOf));
  const projects = [...new Set(projectsNamed(settings, options).map(idOf))];
  const parts = projects.map((project) => inProject(project, intent));
  return {
    ...rest,
    pool,
    providers: settings.accounts.map(({ id, provider }) => ({
      name: `${pool}/providers/${provider}`,
      accountId: id,
    })),
    customRoles: [
      poolReaderRole(idOf(settings.google.project)),
      ...parts.flatMap(({ customRoles }) => customRoles),
    ],
    grants: [...actingGrants(intent), poolGrant(intent), ...parts.flatMap(({ grants }) => grants)],
    unlistedProjects: projects.filter((project) => !listed.has(project)),
  };
};

/** Only the functions' AWS roles, in the home account, may act as rolebridge. */
const actingGrants = ({ settings, functionRoles }: SetupIntent): readonly WantedGrant[] =>
  functionRoles.map((roleName) => ({
    purpose: 'actAsRolebridge',
    resource: serviceAccountResource(settings.google.serviceAccount),
    role: workloadIdentityUser,
    member: memberOf(settings, { partition: 'aws', accountId: homeOf(settings), roleName }),
  }));

const poolGrant = ({ settings: { google }, idOf }: SetupIntent): WantedGrant => ({
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
  const toRolebridge = (purpose: BindPurpose, resource: string, { name }: WantedRole): WantedGrant => ({
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

export const listerRole = (project: string): WantedRole => ({
  name: `projects/${project}/roles/rolebridgeLister`,
  title: 'rolebridge lister',
  // Reading the policies proves that none of our members is left in them.
  permissions: serviceAccountPermissions('list', 'getIamPolicy'),
});

export const editorRole = (project: string): WantedRole => ({
  name: `projects/${project}/roles/rolebridgeEditor`,
  title: 'rolebridge editor',
  permissions: serviceAccountPermissions('get', 'getIamPolicy', 'setIamPolicy'),
});

/** Granted on the pool's project, so that the functions can read the pool's marker (docs/adr/0021). */
export const poolReaderRole = (project: string): WantedRole => ({
  name: `projects/${project}/roles/rolebridgePoolReader`,
  title: 'rolebridge pool reader',
  permissions: ['iam.workloadIdentityPools.get'],
});

const serviceAccountPermissions = (...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `iam.serviceAccounts.${verb}`);

/** All projects that settings and options name, by id or number. */
export const projectsNamed = (
  { google }: Pick<Settings, 'google'>,
  { optIn, optInProjects }: SetupOptions,
): readonly string[] => [
  ...new Set([...google.projects, ...optInProjects, ...optIn.map(({ project }) => project)]),
];

/** @throws PermanentError if one is not a service account's e-mail */
export const parseOptIns = (emails: readonly string[]): readonly OptIn[] =>
  [...new Set(emails)].map((email) => {
    const project = isServiceAccountEmail(email) ? projectOf(email) : undefined;
    if (project !== undefined) return { email, project };
    throw new PermanentError(
      `--opt-in ${email} is not the e-mail of a service account, such as reader@acme-data.iam.gserviceaccount.com.`,
    );
  });
