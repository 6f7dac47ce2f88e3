import type { Access, Caller } from './access.ts';
import { oauthApi } from './api.ts';
import { mapAttributes } from './attribute-mapping.ts';
import { TokenError } from './errors.ts';
import { type Fields, type Method, textOf } from './method.ts';
import { isLive, type Pools } from './pools.ts';
import { verifyCaller } from './subject-token.ts';

const lifetimeSeconds = 3600;

export const tokenExchange = (pools: Pools, access: Access, awsUrl: string): Method => ({
  name: 'sts.token',
  api: oauthApi,
  http: 'POST',
  path: /^\/v1\/token$/,
  answerAnyone: async ({ body }) => {
    const form = parameters(body);
    for (const [name, value] of Object.entries(required))
      if (form[name] !== value) throw new TokenError('invalid_request', `Invalid value for "${name}".`);
    // Required when an external credential is exchanged for an access token (STS reference).
    if (!form['scope']) throw new TokenError('invalid_request', 'Invalid value for "scope".');
    const audience = form['audience'] ?? '';
    const [, poolName, providerId] =
      /^(?:https:)?\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/providers\/([^/]+)$/.exec(
        audience,
      ) ?? [];
    if (poolName === undefined || providerId === undefined)
      throw new TokenError(
        'invalid_request',
        'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
      );
    const pool = pools.get(poolName);
    const provider = pool?.providers.get(providerId);
    if (provider === undefined || !isLive(pool) || !isLive(provider))
      throw new TokenError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    const identity = await verifyCaller(form['subject_token'] ?? '', audience, awsUrl);
    if (identity.account !== provider.accountId)
      throw new TokenError(
        'unauthorized_client',
        `The given credential's AWS account ${identity.account} is not the provider's.`,
      );
    const mapped = mapAttributes(provider.attributeMapping, provider.attributeCondition, { ...identity });
    // Disabling a pool ends the tokens that it issued; disabling a provider does not.
    const token = access.issue(federated(poolName, mapped), lifetimeSeconds, () =>
      isLive(pools.get(poolName)),
    );
    return {
      access_token: token,
      issued_token_type: required.requested_token_type,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
    };
  },
});

/** Forms use OAuth's field names, JSON those of Google's other APIs. */
const parameters = (body: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      textOf(value),
    ]),
  );

const required = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
} as const;

/** A pool's caller, with every spelling by which an allow policy may name it. */
const federated = (pool: string, mapped: Readonly<Record<string, string>>): Caller => {
  const principal = `principal://iam.googleapis.com/${pool}/subject/${mapped['google.subject'] ?? ''}`;
  const set = `principalSet://iam.googleapis.com/${pool}`;
  const attributes = Object.entries(mapped)
    .filter(([key]) => key.startsWith('attribute.'))
    .map(([key, value]) => `${set}/${key}/${value}`);
  // Not allAuthenticatedUsers, which means Google accounts and service accounts.
  return { principal, members: [principal, ...attributes, `${set}/*`, 'allUsers'] };
};
