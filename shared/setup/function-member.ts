import { roleOfMember } from '../core/member.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { isFunctionRoleOf } from '../core/stack.ts';

/** Whether a member is the AWS role of a function of this stage, with any prefix: deploy.roleNamePrefix may have changed. */
export const isFunctionMember = (settings: Settings, stage: string, member: string): boolean => {
  const ref = roleOfMember(settings, member);
  return (
    ref?.accountId === homeOf(settings) && ref.partition === 'aws' && isFunctionRoleOf(stage, ref.roleName)
  );
};
