import type { ResourceName } from './service-account.ts';

/** Why nothing is bound on a bucket, and the next step: its name was deleted, and strangers may have taken it. */
export const otherOwner = (resource: ResourceName, before = 'none', now = 'none'): string =>
  `${resource} belongs to project number ${now} now, and rolebridge granted access to it when it was of ${before}. ` +
  `It binds nothing there. If that is right: rolebridge forget --resource ${resource}`;
