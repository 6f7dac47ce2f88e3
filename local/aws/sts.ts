import { type AssumingRoles, assumeRole } from './assume-role.ts';
import { AwsError, type Input } from './call.ts';
import type { Principal } from './principals.ts';

/** STS for signed calls. */
export const performOnSts = (
  roles: AssumingRoles,
  action: string,
  input: Input,
  { arn, userId, accountId }: Principal,
): unknown => {
  switch (action) {
    // Google requests it when it verifies a subject token. It needs no permission.
    case 'GetCallerIdentity':
      return { Arn: arn, UserId: userId, Account: accountId };
    case 'AssumeRole':
      return assumeRole(roles, input, arn);
    default:
      throw new AwsError('InvalidAction', `The stand-in does not know sts:${action}.`);
  }
};
