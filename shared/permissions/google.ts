import { projectOfGoogleResource } from '../core/google-resource.ts';
import { policyPermissions } from '../core/policy-permissions.ts';
import { type GrantRule, isGrantRule, type Settings } from '../core/settings.ts';

/** A job that needs permissions on Google's side. */
export type GoogleJob = 'plan' | 'operator' | 'doctor' | 'setup';

/** A custom role for one job in one project. */
export interface GoogleRole {
  readonly project: string;
  /** The part of the role's name after `projects/…/roles/`. */
  readonly id: string;
  readonly title: string;
  readonly permissions: readonly string[];
}

/**
 * One custom role for the pool's project, one for each of google.projects, and one for each project whose resources or custom roles
 * rules name. A project that is more than one of these gets one role with all parts.
 */
export const googleRoles = (
  job: GoogleJob,
  settings: Pick<Settings, 'google' | 'accounts' | 'allow'>,
): readonly GoogleRole[] => {
  const { google, accounts } = settings;
  const { inPool, inTarget, withAccounts = [] } = permissions[job];
  const ofRules = rulePermissions(job, settings);
  const isPools = (project: string): boolean => [google.project, google.projectNumber].includes(project);
  const targets = google.projects.filter((project) => !isPools(project));
  const isTarget = (project: string): boolean =>
    targets.includes(project) || (isPools(project) && google.projects.some(isPools));
  return [...new Set([google.project, ...targets, ...ofRules.keys()])].map((project) => ({
    project,
    id: `rolebridgeFor${job.charAt(0).toUpperCase()}${job.slice(1)}`,
    title: `rolebridge ${job}`,
    permissions: [
      ...new Set([
        ...(isPools(project) ? inPool : []),
        ...(isPools(project) && accounts.length > 1 ? withAccounts : []),
        ...(isTarget(project) ? inTarget : []),
        ...(ofRules.get(project) ?? []),
      ]),
    ].toSorted(),
  }));
};

interface Needed {
  readonly project: string;
  readonly permissions: readonly string[];
}

/** Permissions for what rules name, by project. */
const rulePermissions = (
  job: GoogleJob,
  { allow }: Pick<Settings, 'allow'>,
): ReadonlyMap<string, readonly string[]> => {
  const needed = allow
    .filter(isGrantRule)
    .flatMap((rule) => [...resourcePermissions(job, rule), ...customRolePermissions(rule)]);
  return new Map(
    [...Map.groupBy(needed, ({ project }) => project)].map(([project, inside]) => [
      project,
      inside.flatMap(({ permissions }) => permissions),
    ]),
  );
};

/** A bucket's name does not name its project: usually, its clients use the same. */
const resourcePermissions = (job: GoogleJob, { on, clientProject }: GrantRule): readonly Needed[] =>
  on.flatMap((resource) => {
    const project = projectOfGoogleResource(resource) ?? clientProject;
    const { read, edit } = policyPermissions(resource);
    return project === undefined ? [] : [{ project, permissions: [...read, ...beyondReading(job, edit)] }];
  });

const beyondReading = (job: GoogleJob, edit: string): readonly string[] => {
  if (job === 'setup') return [...customRoles, edit];
  return job === 'doctor' ? whoMayEdit : [];
};

/** The policies of a resource and of its project, with the custom roles that they name, show who can edit it. */
const whoMayEdit: readonly string[] = ['iam.roles.get', 'resourcemanager.projects.getIamPolicy'];

/** Anyone can read a predefined role. A role of an organization is read on the organization, which these custom roles do not reach. */
const customRolePermissions = ({ grant }: GrantRule): readonly Needed[] => {
  const [, project] = /^projects\/([^/]+)\//.exec(grant) ?? [];
  return project === undefined ? [] : [{ project, permissions: ['iam.roles.get'] }];
};

/** Permissions on the pool's project, and on each project whose service accounts can be requested. */
interface Parts {
  readonly inPool: readonly string[];
  readonly inTarget: readonly string[];
  /** Besides those in the pool's project, if there are several AWS accounts. */
  readonly withAccounts?: readonly string[];
}

const reading: Parts = {
  inPool: ['iam.workloadIdentityPoolProviders.list', 'iam.workloadIdentityPools.get'],
  inTarget: ['iam.serviceAccounts.getIamPolicy', 'iam.serviceAccounts.list'],
};

const customRoles: readonly string[] = [
  'iam.roles.create',
  'iam.roles.get',
  'iam.roles.undelete',
  'iam.roles.update',
];

/** Custom roles, their grants on the project, and grants on its service accounts. */
const settingUp: readonly string[] = [
  ...customRoles,
  'iam.serviceAccounts.getIamPolicy',
  'iam.serviceAccounts.setIamPolicy',
  'resourcemanager.projects.get',
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.setIamPolicy',
];

const permissions: Readonly<Record<GoogleJob, Parts>> = {
  plan: reading,
  // The functions change Google's side, not the operator.
  operator: reading,
  doctor: {
    inPool: [
      'iam.serviceAccounts.get',
      'iam.serviceAccounts.getIamPolicy',
      'iam.workloadIdentityPoolProviders.get',
      'iam.workloadIdentityPools.get',
      'resourcemanager.projects.get',
      'serviceusage.services.get',
    ],
    withAccounts: ['iam.workloadIdentityPoolProviders.list'],
    inTarget: [
      'iam.roles.get',
      'iam.serviceAccounts.get',
      'iam.serviceAccounts.getIamPolicy',
      'iam.serviceAccounts.list',
      'resourcemanager.projects.getIamPolicy',
    ],
  },
  // Without `--adopt`, which also lists who else uses the pool (docs/setup.md).
  setup: {
    inPool: [
      ...settingUp,
      'iam.serviceAccounts.create',
      'iam.serviceAccounts.enable',
      'iam.serviceAccounts.get',
      'iam.workloadIdentityPoolProviders.create',
      'iam.workloadIdentityPoolProviders.get',
      'iam.workloadIdentityPoolProviders.list',
      'iam.workloadIdentityPoolProviders.undelete',
      'iam.workloadIdentityPoolProviders.update',
      'iam.workloadIdentityPools.create',
      'iam.workloadIdentityPools.get',
      'iam.workloadIdentityPools.undelete',
      'iam.workloadIdentityPools.update',
      'serviceusage.operations.get',
      'serviceusage.services.enable',
      'serviceusage.services.get',
    ],
    inTarget: settingUp,
  },
};
