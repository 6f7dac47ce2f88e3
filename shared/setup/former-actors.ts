import { type AllowPolicy } from '../core/iam-policy.ts';
import { roleOfMember } from '../core/member.ts';
import { type ResourceName, serviceAccountResource } from '../core/service-account.ts';
import { workloadIdentityUser } from '../core/target.ts';
import { isFunctionMember } from './function-member.ts';
import type { WantedSetup } from './wanted.ts';

/**
 * Members that may act as rolebridge, and that are this stage's functions under another prefix: Google admits them since
 * before deploy.roleNamePrefix was changed. A binding with a condition is someone else's.
 */
export const formerActors = (
  { settings, owner, functionRoles }: Pick<WantedSetup, 'settings' | 'owner' | 'functionRoles'>,
  policies: ReadonlyMap<ResourceName, AllowPolicy>,
): readonly string[] => {
  const { bindings = [] } = policies.get(serviceAccountResource(settings.google.serviceAccount)) ?? {};
  const members = bindings.flatMap((binding) =>
    binding.role === workloadIdentityUser && binding.condition === undefined ? binding.members : [],
  );
  return [...new Set(members)].filter(
    (member) =>
      isFunctionMember(settings, owner.stage, member) &&
      !functionRoles.includes(roleOfMember(settings, member)?.roleName ?? ''),
  );
};
