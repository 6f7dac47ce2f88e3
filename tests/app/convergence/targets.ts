import { serviceAccountResource } from '../../../shared/core/service-account.ts';

/** The target that a tag requests: a service account by its e-mail, or `<Google role> on <resource>`. */
export type Target = string;

/** Lets a federated role act as a service account. */
export const user = 'roles/iam.workloadIdentityUser';

export const bucket = 'buckets/acme-in';
export const dataset = 'projects/acme-data/datasets/sales';
export const secret = 'projects/acme-data/secrets/db';
export const topic = 'projects/acme-apps/topics/jobs';
export const directResources = [bucket, dataset, secret, topic];

/** Two Google roles on the bucket, and one on each other resource. The topic takes no conditions. */
export const directTargets: readonly Target[] = [
  `roles/storage.objectViewer on ${bucket}`,
  `roles/storage.objectCreator on ${bucket}`,
  `roles/bigquery.dataViewer on ${dataset}`,
  `roles/secretmanager.secretAccessor on ${secret}`,
  `roles/pubsub.publisher on ${topic}`,
];

/** Permissions of a Google role: those that are granted, with one that is never granted, and with one that no list knows. */
export type Permitted = 'granted' | 'never' | 'unknown';

const usual: Readonly<Record<string, string>> = {
  'roles/storage.objectViewer': 'storage.objects.get',
  'roles/storage.objectCreator': 'storage.objects.create',
  'roles/bigquery.dataViewer': 'bigquery.tables.getData',
  'roles/secretmanager.secretAccessor': 'secretmanager.versions.access',
  'roles/pubsub.publisher': 'pubsub.topics.publish',
};
export const googleRoles = Object.keys(usual);

export const permissionsOf = (googleRole: string, permitted: Permitted): readonly string[] => {
  const permissions = [usual[googleRole] ?? ''];
  if (permitted === 'never') return [...permissions, 'storage.buckets.setIamPolicy'];
  return permitted === 'unknown' ? [...permissions, 'storage.objects.invented'] : permissions;
};

export const isDirect = (target: Target): boolean => target.includes(' on ');

/** Empty for a service account. */
export const googleRoleIn = (target: Target): string =>
  isDirect(target) ? (target.split(' ')[0] ?? '') : '';

export const resourceOf = (target: Target): string =>
  isDirect(target) ? target.slice(target.indexOf(' on ') + ' on '.length) : serviceAccountResource(target);

/** The bindings under a Google role on a resource; undefined if none of ours can be there. */
export const targetAt = (googleRole: string, resource: string): Target | undefined => {
  const direct = `${googleRole} on ${resource}`;
  if (directTargets.includes(direct)) return direct;
  return googleRole === user && resource.includes('/serviceAccounts/') ? lastOf(resource) : undefined;
};

/** The target of a grant, as the product names it: a service account by its resource. */
export const targetOfAccess = (access: string): Target => (isDirect(access) ? access : lastOf(access));

/** The target that an outcome names. */
export const targetIn = (
  target:
    | { readonly kind: 'serviceAccount'; readonly email: string }
    | { readonly kind: 'direct'; readonly googleRole: string; readonly resource: string }
    | undefined,
): Target | undefined => {
  if (target === undefined) return undefined;
  return target.kind === 'serviceAccount' ? target.email : `${target.googleRole} on ${target.resource}`;
};

const lastOf = (resource: string): string => resource.slice(resource.lastIndexOf('/') + 1);

/** The project in a target's name. A bucket's name has none. */
export const projectIn = (target: Target): string =>
  (isDirect(target) ? / on projects\/([^/]+)/ : /@([^.]+)\./).exec(target)?.[1] ?? '';

/** Everything that a failure of a target can name: the account or resource, its project, its Google role. */
export const namesOf = (target: Target): readonly string[] => [
  isDirect(target) ? resourceOf(target) : target,
  projectIn(target),
  googleRoleIn(target),
];

/** As a tag's value requests it. */
export const valueOf = ({ target, until }: { readonly target: Target; readonly until?: string }): string =>
  until === undefined ? target : `${target} until ${until}`;

export const askOf = (value: string): { readonly target: Target; readonly until?: string } => {
  const [target = '', until] = value.split(' until ');
  return { target, ...(until === undefined ? {} : { until }) };
};

/** Short, for failures. */
export const targetText = (target: Target): string =>
  isDirect(target)
    ? target.replace(/^roles\/[a-z]+\./, '').replace(/projects\/.*\//, '')
    : (target.split('@')[0] ?? '');
