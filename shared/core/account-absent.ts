import { PermanentError } from './errors.ts';
import { emailOfResource, projectOf, type ResourceName } from './service-account.ts';

/** Why nothing can be bound on an absent account. */
export const accountAbsent = (resource: ResourceName): PermanentError => {
  const email = emailOfResource(resource);
  return new PermanentError(
    `Service account ${email} does not exist in project ${projectOf(email) ?? '(none named)'}. Create it, or correct the tag.`,
  );
};
