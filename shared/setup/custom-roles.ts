import { resourceKindOf } from '../core/google-resource.ts';
import { policyPermissions } from '../core/policy-permissions.ts';
import type { ResourceName } from '../core/service-account.ts';

/** A custom role as setup wants it. */
export interface WantedRole {
  /** `projects/P/roles/ROLE` */
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
}

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

/** For people who run `keys`. It reads, and rolebridge itself never gets it. */
export const keyReaderRole = (project: string): WantedRole => ({
  name: `projects/${project}/roles/rolebridgeKeyReader`,
  title: 'rolebridge key reader',
  permissions: [
    'iam.serviceAccountKeys.list',
    'iam.serviceAccounts.list',
    'policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query',
    'policyanalyzer.serviceAccountLastAuthenticationActivities.query',
  ],
});

/** Granted on one resource, so that rolebridge can read and edit its allow policy. On a project, a condition limits the grant. */
export const resourceEditorRole = (project: string, resource: ResourceName): WantedRole => {
  const kind = resourceKindOf(resource) ?? '';
  const { read, edit } = policyPermissions(resource);
  return {
    name: `projects/${project}/roles/rolebridge${kind.charAt(0).toUpperCase()}${kind.slice(1)}Editor`,
    title: `rolebridge ${kind} editor`,
    permissions: [...read, edit],
  };
};

const serviceAccountPermissions = (...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `iam.serviceAccounts.${verb}`);
