import type { ResourceName } from '../core/service-account.ts';
import { resourceText } from '../core/target.ts';

/** Something that the sweep could not read, and why: nothing there counts as gone. */
export interface BlindSpot {
  readonly what: string;
  readonly reason: string;
}

/** The name of the blind spot of a project's listing. */
export const projectListing = (project: string): string => `the service accounts of project ${project}`;

/** The name of the blind spot of a resource's allow policy. */
export const policyName = (resource: ResourceName): string => `the allow policy of ${resourceText(resource)}`;
