import { PermanentError } from './errors.ts';
import {
  emailOfResource,
  isServiceAccountResource,
  projectOf,
  type ResourceName,
} from './service-account.ts';

/** Why nothing can be bound on an absent resource. */
export const resourceAbsent = (resource: ResourceName): PermanentError => {
  if (!isServiceAccountResource(resource))
    return new PermanentError(`${resource} does not exist. Create it, or correct the tag.`);
  const email = emailOfResource(resource);
  return new PermanentError(
    `Service account ${email} does not exist in project ${projectOf(email) ?? '(none named)'}. Create it, or correct the tag.`,
  );
};
