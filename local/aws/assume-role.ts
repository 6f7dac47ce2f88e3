import { AwsError, type Input, integer, invalid, text } from './call.ts';
import type { NewSession, Principal } from './principals.ts';
import type { LocalRole } from './roles.ts';

export interface AssumingRoles {
  readonly now: () => Date;
  /** A role of any account. */
  readonly roleOf: (arn: string) => LocalRole | undefined;
  readonly issue: (session: NewSession) => Principal;
}

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. Any caller may assume any role of any account: like
 * all authorization, the trust policy is left to the tests that need it.
 */
export const assumeRole = (place: AssumingRoles, input: Input, callerArn: string): unknown => {
  const arn = text(input, 'RoleArn');
  const role = place.roleOf(arn);
  // AWS gives the same answer for a missing role and for one that the caller may not assume.
  if (role === undefined)
    throw new AwsError(
      'AccessDenied',
      `User: ${callerArn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      403,
    );
  return assumed(place, arn, role, input);
};

/** Temporary credentials of a role, in the form of all calls that assume one. */
export const assumed = (
  { now, issue }: AssumingRoles,
  roleArn: string,
  { roleName, roleId }: LocalRole,
  input: Input,
) => {
  const sessionName = text(input, 'RoleSessionName');
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw invalid(
      `Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
      'ValidationError',
    );
  const seconds = integer(
    input,
    'DurationSeconds',
    { least: 900, most: 43_200, otherwise: 3_600 },
    'ValidationError',
  );
  const { credentials, arn, userId } = issue({
    accountId: accountOf(roleArn),
    roleName,
    roleId,
    sessionName,
  });
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(now().getTime() + seconds * 1000),
    },
    AssumedRoleUser: { Arn: arn, AssumedRoleId: userId },
  };
};

/** `arn:aws:iam::ACCOUNT:role/NAME` */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
