import pMap from 'p-map';
import { toFailure } from '../core/errors.ts';
import type { CustomRoleState } from '../core/google-side.ts';
import { type AllowPolicy, conditionsOf } from '../core/iam-policy.ts';
import type { ResourceName } from '../core/service-account.ts';
import { resourceEditorRole } from './custom-roles.ts';
import { maxParallelReads } from './ports.ts';
import type { WantedSetup } from './wanted.ts';
import type { ProjectLimit } from './wanted-resources.ts';

interface Reads {
  readonly policyOf: (resource: ResourceName) => Promise<AllowPolicy | undefined>;
  readonly roleOf: (name: string) => Promise<CustomRoleState | undefined>;
}

export interface ObservedLimits {
  readonly policies: ReadonlyMap<ResourceName, AllowPolicy>;
  readonly customRoles: ReadonlyMap<string, CustomRoleState>;
  readonly unreadLimits: ReadonlyMap<string, string>;
}

/**
 * Reads what rolebridge may grant on projects. `known`: policies that were read already. If no option names a project, not
 * everyone who runs setup can read it, and setup still does the rest.
 * @throws Failure if a project that an option names cannot be read
 */
export const observeLimits = async (
  { limits, settings }: Pick<WantedSetup, 'limits' | 'settings'>,
  known: ReadonlyMap<ResourceName, AllowPolicy>,
  { policyOf, roleOf }: Reads,
): Promise<ObservedLimits> => {
  const policies = new Map(known);
  const customRoles = new Map<string, CustomRoleState>();
  const unreadLimits = new Map<string, string>();
  const observe = async ({ project, resource, googleRoles, isAsked }: ProjectLimit): Promise<void> => {
    const policy = policies.get(resource) ?? (await policyOf(resource)) ?? {};
    policies.set(resource, policy);
    const { name } = resourceEditorRole(project, resource);
    const isHeld = conditionsOf(policy, name, `serviceAccount:${settings.google.serviceAccount}`).length > 0;
    const role = isAsked || (isHeld && googleRoles.length > 0) ? await roleOf(name) : undefined;
    if (role !== undefined) customRoles.set(name, role);
  };
  await pMap(
    limits,
    async (limit) => {
      try {
        await observe(limit);
      } catch (thrown) {
        if (limit.isAsked) throw thrown;
        unreadLimits.set(limit.project, toFailure(thrown).message);
      }
    },
    { concurrency: maxParallelReads },
  );
  return { policies, customRoles, unreadLimits };
};
