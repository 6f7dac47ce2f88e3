import { type ResourceKind, resourceKindOf } from '../core/google-resource.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, type Settings } from '../core/settings.ts';

/**
 * The APIs that the pool's project needs: Google counts rolebridge's calls there, and refuses those of an API that is not enabled.
 * `more`: resources besides those that rules name.
 */
export const servicesFor = (
  settings: Pick<Settings, 'allow'>,
  more: readonly ResourceName[] = [],
): readonly string[] => {
  const resources = [...fileSites(settings).map(({ resource }) => resource), ...more];
  const kinds = resources.map(resourceKindOf).filter((kind) => kind !== undefined);
  return [...new Set([...requiredServices, ...kinds.map((kind) => apis[kind])])];
};

/** Without these, neither the token exchange nor the edits of service accounts' allow policies work. */
export const requiredServices = [
  'iam.googleapis.com',
  'sts.googleapis.com',
  'iamcredentials.googleapis.com',
  'cloudresourcemanager.googleapis.com',
] as const;

/** A resource's name with its API's host (https://cloud.google.com/iam/docs/full-resource-names). */
export const fullResourceName = (resource: ResourceName): string => {
  const kind = resourceKindOf(resource) ?? 'project';
  return `//${apis[kind]}/${kind === 'bucket' ? 'projects/_/' : ''}${resource}`;
};

/** The API that has the allow policies of a kind. */
const apis: Readonly<Record<ResourceKind, string>> = {
  project: 'cloudresourcemanager.googleapis.com',
  bucket: 'storage.googleapis.com',
  dataset: 'bigquery.googleapis.com',
  secret: 'secretmanager.googleapis.com',
  topic: 'pubsub.googleapis.com',
  subscription: 'pubsub.googleapis.com',
};
