import pMap from 'p-map';
import { type Failure, toFailure } from '../core/errors.ts';
import { type RoleRef, type RoleState, sameRole } from '../core/model.ts';
import { parameterPath } from '../core/parameter-name.ts';
import type { ObservedPolicy, ObservedRegion } from '../core/plan.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { PolicyRead, Ports } from '../ports.ts';

/** Reads at a time. IAM and Parameter Store throttle per account; instances that boot need their share. */
export const readConcurrency = 8;

export interface ObservedRole {
  readonly role: RoleState;
  readonly regions: readonly ObservedRegion[];
  /** Why a region is unreadable. */
  readonly regionErrors: ReadonlyMap<string, Failure>;
}

const observeRegion = async (
  ports: Ports,
  region: string,
  path: string,
): Promise<ObservedRegion & { readonly error?: Failure }> => {
  try {
    return { kind: 'read', region, parameters: await ports.parameters.list(region, path) };
  } catch (thrown) {
    return { kind: 'unreadable', region, error: toFailure(thrown) };
  }
};

const withParameters = async (settings: Settings, ports: Ports, role: RoleState): Promise<ObservedRole> => {
  const path = parameterPath(settings.parameterPrefix, role.ref);
  const regions = await Promise.all(settings.regions.map((region) => observeRegion(ports, region, path)));
  const regionErrors = new Map(
    regions.flatMap(({ region, error }) => (error === undefined ? [] : [[region, error] as const])),
  );
  return { role, regions, regionErrors };
};

/**
 * A role as it is now. Where IAM spells its name otherwise than asked, the old spelling may have been another role
 * (deleted, and made anew in another case), so it is looked at too, as absent.
 */
export const observeRole = async (
  settings: Settings,
  ports: Ports,
  ref: RoleRef,
): Promise<readonly ObservedRole[]> => {
  const role = await ports.roles.read(ref);
  const roles: readonly RoleState[] = sameRole(role.ref, ref) ? [role] : [role, { kind: 'absent', ref }];
  return Promise.all(roles.map((one) => withParameters(settings, ports, one)));
};

export interface ObservedPolicies {
  readonly reads: ReadonlyMap<ResourceName, PolicyRead>;
  readonly errors: ReadonlyMap<ResourceName, Failure>;
}

export const observePolicies = async (
  ports: Ports,
  resources: readonly ResourceName[],
): Promise<ObservedPolicies> => {
  const reads = new Map<ResourceName, PolicyRead>();
  const errors = new Map<ResourceName, Failure>();
  await pMap(
    resources,
    async (resource) => {
      try {
        reads.set(resource, await ports.policies.read(resource));
      } catch (thrown) {
        errors.set(resource, toFailure(thrown));
      }
    },
    { concurrency: readConcurrency },
  );
  return { reads, errors };
};

/** The policies as planning sees them: what could not be read is `unreadable`, never empty. */
export const policyViews = (
  { reads, errors }: ObservedPolicies,
  resources: readonly ResourceName[],
): ReadonlyMap<ResourceName, ObservedPolicy> =>
  new Map(
    resources.flatMap((resource): readonly (readonly [ResourceName, ObservedPolicy])[] => {
      const read = reads.get(resource);
      if (read !== undefined) return [[resource, read]];
      return errors.has(resource) ? [[resource, { kind: 'unreadable' }]] : [];
    }),
  );
