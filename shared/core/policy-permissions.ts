import { type ResourceKind, resourceKindOf } from './google-resource.ts';
import { isServiceAccountResource, type ResourceName } from './service-account.ts';
import { resourceText } from './target.ts';

/** The permissions to read and to edit a resource's allow policy. */
export interface PolicyPermissions {
  readonly read: readonly string[];
  readonly edit: string;
}

/** The permissions for one resource; those of a service account for a name of no other kind. */
export const policyPermissions = (resource: ResourceName): PolicyPermissions =>
  permissions[resourceKindOf(resource) ?? 'serviceAccount'];

/** The command with which the owner of a resource gives them to rolebridge. */
export const optInCommand = (resource: ResourceName): string => {
  if (isServiceAccountResource(resource)) return `rolebridge setup --opt-in ${resourceText(resource)}`;
  return resourceKindOf(resource) === 'project'
    ? `rolebridge setup --opt-in-project-grants ${resource.replace('projects/', '')}`
    : `rolebridge setup --opt-in-resource ${resource}`;
};

const onPolicyOf = (type: string, ...alsoRead: readonly string[]): PolicyPermissions => ({
  read: [...alsoRead.map((verb) => `${type}.${verb}`), `${type}.getIamPolicy`],
  edit: `${type}.setIamPolicy`,
});

const permissions: Readonly<Record<ResourceKind | 'serviceAccount', PolicyPermissions>> = {
  serviceAccount: onPolicyOf('iam.serviceAccounts'),
  project: onPolicyOf('resourcemanager.projects'),
  // The bucket itself names the project that has it now.
  bucket: onPolicyOf('storage.buckets', 'get'),
  // Access lists have permissions of their own since 2026-03-17: https://cloud.google.com/bigquery/docs/dataset-access-control
  dataset: onPolicyOf('bigquery.datasets', 'get'),
  secret: onPolicyOf('secretmanager.secrets'),
  topic: onPolicyOf('pubsub.topics'),
  subscription: onPolicyOf('pubsub.subscriptions'),
};
