import { type KeyObject, verify } from 'node:crypto';
import { type AssumingRoles, assumed } from './assume-role.ts';
import { AwsError, type Input, isRecord, list, records, text } from './call.ts';
import type { LocalRole } from './roles.ts';

/** An OpenID Connect provider of the account's IAM, such as the issuer of a Kubernetes cluster. */
export interface IdentityProvider {
  /** IAM's name of the issuer, without `https://`. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** An RSA key. AWS reads it from the issuer's own pages. */
  readonly key: KeyObject;
}

interface Place extends AssumingRoles {
  /** The role's account, which has the providers. */
  readonly accountId: string;
  readonly providers: readonly IdentityProvider[];
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (an unsigned call) */
export const assumeWithWebIdentity = (place: Place, input: Input): unknown => {
  const token = verified(text(input, 'WebIdentityToken'), place);
  const roleArn = text(input, 'RoleArn');
  const role = place.roleOf(roleArn);
  // AWS gives the same answer for a missing role and for one that does not trust the token.
  if (role === undefined || !isTrusted(role, token, place.accountId)) throw refused();
  return {
    ...assumed(place, roleArn, role, input),
    SubjectFromWebIdentityToken: token.subject,
    Provider: `arn:aws:iam::${place.accountId}:oidc-provider/${token.provider.issuer}`,
    Audience: token.audience,
  };
};

interface Verified {
  readonly provider: IdentityProvider;
  readonly subject: string;
  readonly audience: string;
}

/** Checks a token as AWS does: issuer, signature, audience and expiry. */
const verified = (token: string, { providers, now }: Place): Verified => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = parsed(body);
  const issuer = text(claims, 'iss');
  const provider = providers.find((candidate) => `https://${candidate.issuer}` === issuer);
  if (provider === undefined)
    throw new AwsError(
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${issuer}`,
    );
  const isSigned =
    text(parsed(head), 'alg') === 'RS256' &&
    verify('RSA-SHA256', Buffer.from(`${head}.${body}`), provider.key, Buffer.from(signature, 'base64url'));
  if (!isSigned) throw new AwsError('InvalidIdentityToken', 'The token signature is not valid');
  const expires = new Date(Number(claims['exp']) * 1000);
  if (!(expires > now()))
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now().toISOString()} must be before the expiration date/time ${String(claims['exp'])}`,
    );
  const audience = [claims['aud'], ...list(claims, 'aud')].find(
    (candidate): candidate is string =>
      typeof candidate === 'string' && provider.audiences.includes(candidate),
  );
  if (audience === undefined) throw new AwsError('InvalidIdentityToken', 'Incorrect token audience');
  return { provider, subject: text(claims, 'sub'), audience };
};

const parsed = (encoded: string): Input => {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // Refused below.
  }
  throw new AwsError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
};

/** Supported trust policies: Allow, one federated principal, and StringEquals on the token's claims. */
const isTrusted = (
  role: LocalRole,
  { provider, subject, audience }: Verified,
  accountId: string,
): boolean => {
  const arn = `arn:aws:iam::${accountId}:oidc-provider/${provider.issuer}`;
  const claims: Readonly<Record<string, string>> = {
    [`${provider.issuer}:sub`]: subject,
    [`${provider.issuer}:aud`]: audience,
  };
  const policy: unknown = JSON.parse(role.assumeRolePolicyDocument);
  return records(isRecord(policy) ? policy : {}, 'Statement').some((statement) => {
    const { Effect, Action, Principal: principal, Condition: condition = {} } = statement;
    const isAllowed =
      Effect === 'Allow' &&
      Action === 'sts:AssumeRoleWithWebIdentity' &&
      isRecord(principal) &&
      principal['Federated'] === arn;
    if (!isAllowed || !isRecord(condition)) return false;
    return Object.entries(condition).every(
      ([operator, wanted]) =>
        operator === 'StringEquals' &&
        isRecord(wanted) &&
        Object.entries(wanted).every(([key, value]) => claims[key] === value),
    );
  });
};

const refused = () =>
  new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
