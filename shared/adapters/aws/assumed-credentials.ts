import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/stack.ts';
import { assumeRefusal } from './assume-refusal.ts';
import { tried } from './failure.ts';

export interface AssumedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** A function's role is itself assumed, and AWS limits such a chain to an hour. */
const durationSeconds = 3600;

/** New credentials are fetched this long before the old ones end, as the SDK does. */
const refreshMilliseconds = 5 * 60 * 1000;

/**
 * The credentials of a role in another AWS account. All callers share them until shortly before they expire, and then share
 * one call that renews them. A failure is not kept: the next caller tries again.
 */
export const assumedCredentials = (
  sts: STSClient,
  role: MemberRole,
  now: () => Date,
): (() => Promise<AssumedCredentials>) => {
  let current: AssumedCredentials | undefined;
  let pending: Promise<AssumedCredentials> | undefined;
  const renew = async (): Promise<AssumedCredentials> => {
    try {
      current = await assume(sts, role);
      return current;
    } finally {
      pending = undefined;
    }
  };
  return async () => {
    const isFresh =
      current !== undefined && current.expiration.getTime() - now().getTime() > refreshMilliseconds;
    return current !== undefined && isFresh ? current : (pending ??= renew());
  };
};

const assume = (sts: STSClient, role: MemberRole): Promise<AssumedCredentials> =>
  tried(`assuming ${role.arn}`, async () => {
    const { AssumedRoleUser, Credentials } = await sts
      .send(
        new AssumeRoleCommand({
          RoleArn: role.arn,
          RoleSessionName: role.sessionName,
          DurationSeconds: durationSeconds,
        }),
      )
      .catch((thrown: unknown) => {
        throw assumeRefusal(role, thrown) ?? thrown;
      });
    assertRole(role, AssumedRoleUser?.Arn);
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (
      AccessKeyId === undefined ||
      SecretAccessKey === undefined ||
      SessionToken === undefined ||
      Expiration === undefined
    )
      throw new RetryableError(`The answer of STS about ${role.arn} lacks the credentials.`);
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  });

/** Nothing may be read with credentials of another account: a role that is missing there proves nothing. */
const assertRole = ({ accountId, name, arn }: MemberRole, assumed: string | undefined): void => {
  if (assumed === undefined) throw new RetryableError(`The answer of STS about ${arn} lacks the role.`);
  if (!assumed.startsWith(`arn:aws:sts::${accountId}:assumed-role/${name}/`))
    throw new PermanentError(
      `AWS account ${accountId} cannot be read: STS answered with ${assumed} in place of ${arn}. Check the endpoint of STS (AWS_ENDPOINT_URL_STS).`,
    );
};
