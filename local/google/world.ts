import { type HttpAnswer, type HttpRequest, json, serve } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import { GoogleError, TokenError } from './errors.ts';
import { type LocalPolicy, type PolicyCell, type PolicyRules, policyCell } from './policies.ts';
import { type Federated, federate, type Provider, verifyCaller } from './token-exchange.ts';

export interface GoogleCall {
  /** `iam.serviceAccounts.setIamPolicy`, `sts.token`, `iamcredentials.generateAccessToken` */
  readonly method: string;
  readonly resource: string;
  readonly sequence: number;
}

export interface GoogleFault {
  readonly code: number;
  readonly status: string;
  readonly message: string;
}

export interface GoogleOptions {
  /** Where signed GetCallerIdentity requests are sent on to. */
  readonly awsUrl: string;
  readonly projectNumber: string;
  readonly now?: () => Date;
}

export interface GoogleWorld extends Interception<GoogleCall, GoogleFault> {
  readonly url: string;
  readonly rules: PolicyRules;
  readonly addServiceAccount: (email: string, project: string, policy?: LocalPolicy) => PolicyCell;
  readonly removeServiceAccount: (email: string) => void;
  readonly policy: (email: string) => PolicyCell;
  /** Gives a service account (rolebridge's own) the editor role on another one; `isIn: false` takes it away. */
  readonly optIn: (email: string, editor: string, isIn?: boolean) => void;
  readonly addProvider: (pool: string, provider: string, accountId: string) => Provider;
  readonly removePool: (pool: string) => void;
  readonly close: () => Promise<void>;
}

interface Account {
  readonly project: string;
  readonly policy: PolicyCell;
  readonly editors: Set<string>;
}

/** Google roles that let their members act as a service account. */
const impersonating = new Set(['roles/iam.workloadIdentityUser', 'roles/iam.serviceAccountTokenCreator']);

/** The one kind of condition that these worlds use. */
const conditionHolds = (expression: string, now: Date): boolean => {
  const [, until] = /^request\.time < timestamp\("([^"]+)"\)$/.exec(expression) ?? [];
  if (until === undefined) throw new Error(`the stand-in cannot evaluate the condition ${expression}`);
  return now.getTime() < Date.parse(until);
};

const bearer = ({ headers }: HttpRequest): string => (headers['authorization'] ?? '').replace(/^Bearer /, '');

const forbidden = (permission: string): GoogleError =>
  new GoogleError(
    403,
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource (or it may not exist).`,
  );

/** Google's IAM, token exchange and token minting, in memory, over HTTP, for the unmodified client libraries. */
export const startGoogle = async ({
  awsUrl,
  projectNumber,
  now = () => new Date(),
}: GoogleOptions): Promise<GoogleWorld> => {
  const accounts = new Map<string, Account>();
  const pools = new Map<string, Map<string, Provider>>();
  const federatedTokens = new Map<string, Federated>();
  const accountTokens = new Map<string, string>();
  const poolName = (pool: string): string =>
    `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
  const rules: PolicyRules = {
    maxPolicyBytes: 1_000_000,
    rejectedMembers: new Set(),
    poolExists: (name) => pools.has(name),
  };
  let tokens = 0;
  const newToken = (kind: string): string => {
    tokens += 1;
    return `local-google-${kind}-token-${tokens}`;
  };
  const find = (email: string): Account => {
    const account = accounts.get(email);
    if (account === undefined) throw new Error(`the local world has no service account ${email}`);
    return account;
  };

  const exchange = async (form: URLSearchParams): Promise<HttpAnswer> => {
    const audience = form.get('audience') ?? '';
    const [, pool = '', providerId = ''] =
      /^\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/providers\/([^/]+)$/.exec(
        audience,
      ) ?? [];
    const provider = pools.get(pool)?.get(providerId);
    if (provider === undefined || provider.disabled) {
      throw new TokenError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    }
    const identity = await verifyCaller(form.get('subject_token') ?? '', audience, awsUrl);
    const token = newToken('federated');
    federatedTokens.set(token, federate(provider, pool, identity));
    return json(200, {
      access_token: token,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
    });
  };

  const mayImpersonate = (email: string, caller: Federated): boolean =>
    (accounts.get(email)?.policy.current().bindings ?? []).some(
      ({ role, members, condition }) =>
        impersonating.has(role) &&
        (members.includes(caller.principal) || members.includes(caller.principalSet)) &&
        (condition?.expression === undefined || conditionHolds(condition.expression, now())),
    );

  const generateAccessToken = (request: HttpRequest, email: string): HttpAnswer => {
    const caller = federatedTokens.get(bearer(request));
    if (caller === undefined)
      throw new GoogleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    if (!mayImpersonate(email, caller)) throw forbidden('iam.serviceAccounts.getAccessToken');
    const token = newToken('access');
    accountTokens.set(token, email);
    return json(200, { accessToken: token, expireTime: new Date(now().getTime() + 3_600_000).toISOString() });
  };

  const policyCall = (request: HttpRequest, project: string, email: string, verb: string): HttpAnswer => {
    const caller = accountTokens.get(bearer(request));
    if (caller === undefined)
      throw new GoogleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    const account = accounts.get(email);
    if (account === undefined || account.project !== project) {
      // With the project wildcard Google does not tell whether the account exists.
      throw project === '-'
        ? forbidden(`iam.serviceAccounts.${verb}`)
        : new GoogleError(404, 'NOT_FOUND', `Service account ${email} does not exist.`);
    }
    if (!account.editors.has(caller)) throw forbidden(`iam.serviceAccounts.${verb}`);
    if (verb === 'getIamPolicy')
      return json(
        200,
        account.policy.get(Number(request.url.searchParams.get('options.requestedPolicyVersion') ?? 1)),
      );
    return json(200, account.policy.set((JSON.parse(request.body) as { policy: LocalPolicy }).policy));
  };

  interface Route {
    readonly call: Omit<GoogleCall, 'sequence'>;
    readonly perform: () => HttpAnswer | Promise<HttpAnswer>;
  }
  const route = (request: HttpRequest): Route => {
    const path = decodeURIComponent(request.url.pathname);
    if (path === '/v1/token')
      return {
        call: { method: 'sts.token', resource: '' },
        perform: () => exchange(new URLSearchParams(request.body)),
      };
    const [, project = '', email = '', verb = ''] =
      /^\/v1\/projects\/([^/]+)\/serviceAccounts\/([^/:]+):(\w+)$/.exec(path) ?? [];
    if (verb === 'generateAccessToken')
      return {
        call: { method: 'iamcredentials.generateAccessToken', resource: email },
        perform: () => generateAccessToken(request, email),
      };
    if (verb === 'getIamPolicy' || verb === 'setIamPolicy') {
      return {
        call: {
          method: `iam.serviceAccounts.${verb}`,
          resource: `projects/${project}/serviceAccounts/${email}`,
        },
        perform: () => policyCall(request, project, email, verb),
      };
    }
    throw new GoogleError(404, 'NOT_FOUND', `The stand-in does not know ${request.method} ${path}.`);
  };

  const interception = interceptable<GoogleCall, GoogleFault, HttpAnswer>();
  const respond = async (request: HttpRequest): Promise<HttpAnswer | undefined> => {
    try {
      const { call: named, perform } = route(request);
      const call = { ...named, sequence: interception.calls.length };
      return await interception.through(
        call,
        perform,
        ({ code, status, message }) => new GoogleError(code, status, message),
      );
    } catch (error) {
      if (error instanceof TokenError)
        return json(400, { error: error.error, error_description: error.message });
      if (error instanceof GoogleError)
        return json(error.code, {
          error: { code: error.code, message: error.message, status: error.status },
        });
      throw error;
    }
  };

  const server = await serve(respond);
  return {
    url: server.url,
    rules,
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    addServiceAccount: (email, project, policy = {}) => {
      const cell = policyCell(policy, rules);
      accounts.set(email, { project, policy: cell, editors: new Set() });
      return cell;
    },
    removeServiceAccount: (email) => void accounts.delete(email),
    policy: (email) => find(email).policy,
    optIn: (email, editor, isIn = true) =>
      void (isIn ? find(email).editors.add(editor) : find(email).editors.delete(editor)),
    addProvider: (pool, providerId, accountId) => {
      const providers = pools.get(poolName(pool)) ?? new Map<string, Provider>();
      pools.set(poolName(pool), providers);
      const provider = { accountId, disabled: false };
      providers.set(providerId, provider);
      return provider;
    },
    removePool: (pool) => void pools.delete(poolName(pool)),
    close: server.close,
  };
};
