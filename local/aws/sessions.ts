import { AwsError } from './call.ts';
import type { Principal } from './principals.ts';

/** @throws AwsError if a session that STS issued has expired, or if its role was deleted, even if it was created again */
export const checkSession = (
  { expiresAt, roleId, roleName }: Principal,
  now: Date,
  roleIdOf: (roleName: string) => string | undefined,
  service: string,
): void => {
  if (expiresAt === undefined) return;
  if (expiresAt <= now) throw expired(service);
  if (roleIdOf(roleName) !== roleId)
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
};

/** Each protocol has its own name for it: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const expired = (service: string): AwsError => {
  const message = 'The security token included in the request is expired';
  return ['iam', 'sts', 'cloudformation'].includes(service)
    ? new AwsError('ExpiredToken', message, 403)
    : new AwsError('ExpiredTokenException', message, 400);
};
