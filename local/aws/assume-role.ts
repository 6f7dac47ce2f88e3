import { AwsError, type Input, integer, invalid, isRecord, text } from './call.ts';
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
  // Every caller of the stand-in is a session of a role, so this is role chaining, which AWS limits to an hour.
  if (Number(input['DurationSeconds']) > 3_600 && Number(input['DurationSeconds']) <= longestSeconds)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  return assumed(place, arn, role, input);
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const longestSeconds = 43_200;
const maxPolicyCharacters = 2_048;

/** Temporary credentials of a role, in the form of all calls that assume one. */
export const assumed = (
  { now, issue }: AssumingRoles,
  roleArn: string,
  { roleName, roleId, maxSessionSeconds }: LocalRole,
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
    { least: 900, most: longestSeconds, otherwise: 3_600 },
    'ValidationError',
  );
  if (seconds > maxSessionSeconds)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  const expiresAt = new Date(now().getTime() + seconds * 1000);
  const { credentials, arn, userId } = issue({
    accountId: accountOf(roleArn),
    roleName,
    roleId,
    sessionName,
    expiresAt,
    ...sessionPolicyIn(input),
  });
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: expiresAt,
    },
    AssumedRoleUser: { Arn: arn, AssumedRoleId: userId },
  };
};

const sessionPolicyIn = (input: Input): { readonly sessionPolicy?: string } => {
  if (input['PolicyArns'] !== undefined)
    throw new AwsError('ValidationError', 'The stand-in does not know PolicyArns.');
  if (input['Policy'] === undefined) return {};
  const sessionPolicy = text(input, 'Policy');
  if (sessionPolicy.length > maxPolicyCharacters)
    throw invalid(
      `Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${maxPolicyCharacters}`,
      'ValidationError',
    );
  if (!isPolicy(sessionPolicy))
    throw new AwsError('MalformedPolicyDocument', 'The policy is not in the valid JSON format.');
  return { sessionPolicy };
};

const isPolicy = (json: string): boolean => {
  try {
    return isRecord(JSON.parse(json));
  } catch {
    return false;
  }
};

/** `arn:aws:iam::ACCOUNT:role/NAME` */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
