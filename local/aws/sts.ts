import { AwsError } from './call.ts';
import type { Principal } from './principals.ts';

/** The caller's identity, which Google requests when it verifies a subject token. It needs no permission. */
export const callerIdentity = (action: string, { arn, userId, accountId }: Principal): unknown => {
  if (action !== 'GetCallerIdentity')
    throw new AwsError('InvalidAction', `The stand-in does not know sts:${action}.`);
  return { Arn: arn, UserId: userId, Account: accountId };
};
