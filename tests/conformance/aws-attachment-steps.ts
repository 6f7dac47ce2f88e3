import { managedPolicy, type Steps, sorted, without } from './aws-subject.ts';

const RoleName = 'reports';
const InstanceProfileName = 'web';
const Missing = { RoleName: 'nobody' };

/** Attachments of a role, which prevent its deletion. */
export const attachmentSteps: Steps = {
  'attaches a policy to a role, twice': async ({ iam }) => {
    await iam.attachRolePolicy({ RoleName, PolicyArn: managedPolicy });
    return iam.attachRolePolicy({ RoleName, PolicyArn: managedPolicy });
  },
  'lists the policies that are attached to a role': ({ iam }) => iam.listAttachedRolePolicies({ RoleName }),
  'does not list those of a role that is not there': ({ iam }) => iam.listAttachedRolePolicies(Missing),
  'does not delete a role with attached policies': ({ iam }) => iam.deleteRole({ RoleName }),
  'detaches a policy': ({ iam }) => iam.detachRolePolicy({ RoleName, PolicyArn: managedPolicy }),
  'does not detach a policy twice': ({ iam }) => iam.detachRolePolicy({ RoleName, PolicyArn: managedPolicy }),
  'puts a policy into a role, and lists it': async ({ iam }) => {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }],
    });
    await iam.putRolePolicy({ RoleName, PolicyName: 'inline', PolicyDocument });
    return iam.listRolePolicies({ RoleName });
  },
  'does not delete a role with policies of its own': ({ iam }) => iam.deleteRole({ RoleName }),
  'deletes a policy of a role': ({ iam }) => iam.deleteRolePolicy({ RoleName, PolicyName: 'inline' }),
  'creates an instance profile': async ({ iam }) => {
    const made = await iam.createInstanceProfile({ InstanceProfileName, Path: '/team/' });
    return without(made.InstanceProfile ?? {}, 'Tags');
  },
  'does not create it twice': ({ iam }) => iam.createInstanceProfile({ InstanceProfileName }),
  'adds a role to it': ({ iam }) => iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName }),
  'does not add a second role': ({ iam }) =>
    iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: 'app-1' }),
  'lists the instance profiles of a role': async ({ iam }) => {
    const { InstanceProfiles = [] } = await iam.listInstanceProfilesForRole({ RoleName });
    // moto returns more of the role than AWS does, and returns tags where there are none.
    return InstanceProfiles.map(({ Roles, ...profile }) => ({
      ...without(profile, 'Tags'),
      roles: sorted(Roles).map((role) => without(role, 'Tags', 'RoleLastUsed')),
    }));
  },
  'lists the instance profiles of a role that has none': async ({ iam }) =>
    (await iam.listInstanceProfilesForRole({ RoleName: 'app-1' })).InstanceProfiles,
  'does not list the instance profiles of a missing role': ({ iam }) =>
    iam.listInstanceProfilesForRole(Missing),
  'does not delete a role in an instance profile': ({ iam }) => iam.deleteRole({ RoleName }),
  'takes a role out of it': ({ iam }) => iam.removeRoleFromInstanceProfile({ InstanceProfileName, RoleName }),
  'deletes an instance profile': ({ iam }) => iam.deleteInstanceProfile({ InstanceProfileName }),
};
