import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { stackRegion } from '../../core/stack.ts';

/** The account of the caller's AWS credentials, as a suggestion; undefined if there are none, or if STS does not answer. */
export const signedInAccount = async (abortSignal: AbortSignal): Promise<string | undefined> => {
  const sts = new STSClient({ region: stackRegion, maxAttempts: 1 });
  try {
    return (await sts.send(new GetCallerIdentityCommand({}), { abortSignal })).Account;
  } catch {
    return undefined;
  } finally {
    sts.destroy();
  }
};
