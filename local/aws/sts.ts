import { AwsError } from './call.ts';
import type { Principal } from './principals.ts';

/** Who calls: what Google asks when it verifies a subject token. Nobody needs a permission for it. */
export const callerIdentity = (action: string, { arn, userId, accountId }: Principal): unknown => {
  if (action !== 'GetCallerIdentity')
    throw new AwsError('InvalidAction', `The stand-in does not know sts:${action}.`);
  return { Arn: arn, UserId: userId, Account: accountId };
};
