import type { ResourceName } from '../core/service-account.ts';
import type { PolicyStore } from '../ports.ts';
import type { SetupPorts } from './ports.ts';

/** The store that has a resource's allow policy. */
export const storeOf = (
  { reader, policies }: Pick<SetupPorts, 'reader' | 'policies'>,
  resource: ResourceName,
): PolicyStore => (isProject(resource) ? reader.projectPolicies : policies);

export const isProject = (resource: ResourceName): boolean => /^projects\/[^/]+$/.test(resource);
