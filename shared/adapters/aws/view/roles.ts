import {
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { RetryableError } from '../../../core/errors.ts';
import type { AccountView, InstanceProfile } from '../../../doctor/ports.ts';
import { itemsOf } from '../../items.ts';
import type { AwsClients } from '../clients.ts';
import { isAwsException, tried } from '../failure.ts';
import { nextMarker, pagesOf } from '../pages-of.ts';
import { policyText } from '../policy-document.ts';
import { tagsOf } from '../roles.ts';

type Roles = Pick<AccountView, 'role' | 'instanceProfiles' | 'attachedPolicies'>;

export const rolesView = (clients: Pick<AwsClients, 'iam'>, abortSignal: AbortSignal): Roles => ({
  role: (name) =>
    tried(`reading role ${name}`, async () => {
      try {
        return await readRole(clients, name, abortSignal);
      } catch (thrown) {
        if (isAwsException(thrown, NoSuchEntityException)) return { kind: 'absent' };
        throw thrown;
      }
    }),
  instanceProfiles: async (roleName) => {
    const pages = pagesOf(`listing the instance profiles of role ${roleName}`, {
      read: (Marker) =>
        clients.iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: roleName, Marker }), {
          abortSignal,
        }),
      nextOf: nextMarker(`instance profiles of role ${roleName}`),
    });
    const profiles: InstanceProfile[] = [];
    for await (const { InstanceProfiles } of pages)
      for (const { InstanceProfileName, Arn } of itemsOf('the instance profiles', InstanceProfiles, [
        'InstanceProfileName',
        'Arn',
      ]))
        profiles.push({ name: InstanceProfileName, arn: Arn });
    return profiles;
  },
  attachedPolicies: async (roleName) => {
    const pages = pagesOf(`listing the policies of role ${roleName}`, {
      read: (Marker) =>
        clients.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName, Marker }), {
          abortSignal,
        }),
      nextOf: nextMarker(`policies of role ${roleName}`),
    });
    const names: string[] = [];
    for await (const { AttachedPolicies } of pages)
      for (const { PolicyName } of itemsOf('the attached policies', AttachedPolicies, ['PolicyName']))
        names.push(PolicyName);
    return names;
  },
});

const readRole = async ({ iam }: Pick<AwsClients, 'iam'>, name: string, abortSignal: AbortSignal) => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }), { abortSignal });
  if (Role?.RoleName === undefined || Role.RoleId === undefined || Role.Arn === undefined)
    throw new RetryableError(`IAM's answer about role ${name} is incomplete.`);
  return {
    kind: 'there',
    roleName: Role.RoleName,
    roleId: Role.RoleId,
    arn: Role.Arn,
    tags: tagsOf(name, Role.Tags),
    // A stand-in may keep a role without a trust policy. No one can assume it.
    trust: Role.AssumeRolePolicyDocument ? policyText(Role.AssumeRolePolicyDocument, `role ${name}`) : '',
  } as const;
};
