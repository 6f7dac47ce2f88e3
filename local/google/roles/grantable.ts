import type { CustomRoles } from '../custom-roles.ts';
import { invalid } from '../errors.ts';
import type { LocalPolicy } from '../policies.ts';
import type { PredefinedRole } from './role.ts';

export type ResourceKind =
  | 'project'
  | 'bucket'
  | 'dataset'
  | 'secret'
  | 'topic'
  | 'subscription'
  | 'serviceAccount';

/** Refuses roles that this kind of resource does not take. @throws GoogleError */
export const checkGrantable = (
  { bindings = [] }: LocalPolicy,
  kind: ResourceKind,
  { predefined, has }: Pick<CustomRoles, 'predefined' | 'has'>,
): void => {
  for (const { role } of bindings) {
    if (!role.startsWith('roles/') && !has(role))
      throw invalid(`Role (${role}) does not exist in the resource's hierarchy.`);
    const known = predefined.get(role);
    if (role.startsWith('roles/') && (known === undefined || !isGrantableOn(known, kind)))
      throw invalid(`Role ${role} is not supported for this resource.`);
  }
};

/**
 * Google knows the kinds of each role. Here, a role fits a kind if it is named after the kind's service and contains a
 * permission for it.
 */
export const isGrantableOn = ({ name, permissions }: PredefinedRole, kind: ResourceKind): boolean => {
  if (kind === 'project') return !name.startsWith('roles/storage.legacy');
  const [service, prefixes] = kinds[kind];
  return (
    name.startsWith(`roles/${service}.`) &&
    permissions.some((permission) =>
      prefixes.some((prefix) => permission.startsWith(`${service}.${prefix}.`)),
    )
  );
};

const kinds: Readonly<Record<Exclude<ResourceKind, 'project'>, readonly [string, readonly string[]]>> = {
  bucket: ['storage', ['buckets', 'objects', 'folders', 'managedFolders', 'multipartUploads']],
  dataset: ['bigquery', ['datasets', 'tables', 'models', 'routines', 'rowAccessPolicies']],
  secret: ['secretmanager', ['secrets', 'versions']],
  topic: ['pubsub', ['topics']],
  subscription: ['pubsub', ['subscriptions']],
  serviceAccount: ['iam', ['serviceAccounts', 'serviceAccountKeys']],
};

/** The kind and the project of a full resource name: https://cloud.google.com/iam/docs/full-resource-names */
export const kindOf = (fullName: string): { readonly kind: ResourceKind; readonly project: string } => {
  for (const [kind, pattern] of fullNames) {
    const project = pattern.exec(fullName)?.[1];
    if (project !== undefined) return { kind, project };
  }
  throw invalid(
    `Invalid resource name: ${fullName}. See https://cloud.google.com/iam/docs/full-resource-names.`,
  );
};

const fullNames: readonly (readonly [ResourceKind, RegExp])[] = [
  ['project', /^\/\/cloudresourcemanager\.googleapis\.com\/projects\/([^/]+)$/],
  ['bucket', /^\/\/storage\.googleapis\.com\/projects\/([^/]+)\/buckets\/[^/]+$/],
  ['dataset', /^\/\/bigquery\.googleapis\.com\/projects\/([^/]+)\/datasets\/[^/]+$/],
  ['secret', /^\/\/secretmanager\.googleapis\.com\/projects\/([^/]+)\/secrets\/[^/]+$/],
  ['topic', /^\/\/pubsub\.googleapis\.com\/projects\/([^/]+)\/topics\/[^/]+$/],
  ['subscription', /^\/\/pubsub\.googleapis\.com\/projects\/([^/]+)\/subscriptions\/[^/]+$/],
  ['serviceAccount', /^\/\/iam\.googleapis\.com\/projects\/([^/]+)\/serviceAccounts\/[^/]+$/],
];
