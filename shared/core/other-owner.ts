import type { Watched } from './scope.ts';
import type { ResourceName } from './service-account.ts';
import { siteOfAccess } from './target.ts';

/** Why we leave a bucket alone, if it is not of the project that it was of when one of our sites there was entered. */
export const otherOwnerAt = (
  scope: readonly Pick<Watched, 'kind' | 'name' | 'owner'>[],
  resource: ResourceName,
  now: string | undefined,
): string | undefined => {
  const site = scope.find(
    ({ kind, name, owner }) =>
      kind === 'site' && owner !== undefined && owner !== now && siteOfAccess(name).resource === resource,
  );
  return site === undefined ? undefined : otherOwner(resource, site.owner, now);
};

/** Why nothing is bound on a bucket, and the next step: its name was deleted, and strangers may have taken it. */
export const otherOwner = (resource: ResourceName, before = 'none', now = 'none'): string =>
  `${resource} belongs to project number ${now} now, and rolebridge granted access to it when it was of ${before}. ` +
  `It edits nothing there. If that is right: rolebridge forget --resource ${resource}`;
