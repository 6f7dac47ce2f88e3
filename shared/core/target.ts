import type { Target } from './model.ts';
import {
  emailOfResource,
  isServiceAccountResource,
  type ResourceName,
  serviceAccountResource,
} from './service-account.ts';

/** The Google role that a target is bound under, and the resource whose allow policy holds the binding. */
export interface Site {
  readonly googleRole: string;
  readonly resource: ResourceName;
}

/** The Google role that lets a federated role act as a service account. */
export const workloadIdentityUser = 'roles/iam.workloadIdentityUser';

export const siteOf = (target: Target): Site =>
  target.kind === 'serviceAccount'
    ? { googleRole: workloadIdentityUser, resource: serviceAccountResource(target.email) }
    : { googleRole: target.googleRole, resource: target.resource };

/** The target that is bound at a site: what a tag would ask for. */
export const targetOf = ({ googleRole, resource }: Site): Target =>
  googleRole === workloadIdentityUser
    ? { kind: 'serviceAccount', email: emailOfResource(resource) }
    : { kind: 'direct', googleRole, resource };

/**
 * Names one access of a role, no matter its end, pool or spelling: a service account by its resource's name, anything else as
 * `<Google role> on <resource>`. A role may have several Google roles on one resource, and each is an access of its own.
 */
export type AccessName = string;

export const accessOf = ({ googleRole, resource }: Site): AccessName =>
  googleRole === workloadIdentityUser ? resource : `${googleRole}${between}${resource}`;

const between = ' on ';

/** The site that an access is at. */
export const siteOfAccess = (access: AccessName): Site => {
  const at = access.indexOf(between);
  return at === -1
    ? { googleRole: workloadIdentityUser, resource: access }
    : { googleRole: access.slice(0, at), resource: access.slice(at + between.length) };
};

/** How messages name a resource: a service account by its e-mail. */
export const resourceText = (resource: ResourceName): string =>
  isServiceAccountResource(resource) ? emailOfResource(resource) : resource;

/** How messages name an access: a service account's e-mail, or the Google role on the resource. */
export const accessText = (access: AccessName): string =>
  access.includes(between) ? access : emailOfResource(access);
