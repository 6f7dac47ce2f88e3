import type { ResourceName } from '../core/service-account.ts';
import { resourceText } from '../core/target.ts';
import { isProject } from './policy-store.ts';
import { lastOf } from './step.ts';

/** How plans name a resource: a project by its id, a service account by its e-mail. */
export const resourceLabel = (resource: ResourceName): string =>
  isProject(resource) ? `project ${lastOf(resource)}` : resourceText(resource);
