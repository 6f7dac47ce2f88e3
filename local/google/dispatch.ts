import { type HttpAnswer, type HttpRequest, json } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import type { Access, Caller } from './access.ts';
import { GoogleError, invalid, notFound, TokenError, unauthenticated } from './errors.ts';
import { type Fields, fieldsOf, type Method } from './method.ts';

export interface GoogleCall {
  /** `iam.serviceAccounts.setIamPolicy`, `sts.token`, `iamcredentials.generateAccessToken` */
  readonly method: string;
  /** `projects/P/serviceAccounts/E`; empty for the token exchange. */
  readonly resource: string;
  /** The caller as an allow policy names it; `anonymous` without a valid token. */
  readonly principal: string;
  /** The permission that the call needs on the resource. */
  readonly permission?: string;
  /** Query and body. */
  readonly input: Fields;
  readonly sequence: number;
}

export interface GoogleFault {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  /** The reason in machine-readable form: `{reason: 'SERVICE_DISABLED', …}`. */
  readonly details?: readonly object[];
  /** The whole answer, if it is not in the form of Google's errors: a proxy's page, a truncated body. */
  readonly body?: { readonly contentType: string; readonly text: string };
}

export interface Dispatcher extends Interception<GoogleCall, GoogleFault> {
  readonly respond: (request: HttpRequest) => Promise<HttpAnswer | undefined>;
}

/** Finds the method, asks the interceptors, checks token and permission, performs the call, notifies the listeners, answers. */
export const createDispatcher = (methods: readonly Method[], access: Access): Dispatcher => {
  const interception = interceptable<GoogleCall, GoogleFault, HttpAnswer>();

  const find = ({ method: http, url }: HttpRequest) => {
    const path = decodeURIComponent(url.pathname);
    for (const method of methods) {
      const match = method.http === http ? method.path.exec(path) : null;
      if (match !== null) return { method, groups: { ...match.groups } as Record<string, string> };
    }
    throw notFound(`The stand-in does not know ${http} ${path}.`);
  };
  const perform = async (
    method: Method,
    request: { path: Record<string, string>; query: URLSearchParams; body: Fields },
    caller: Caller | undefined,
  ): Promise<unknown> => {
    if ('answerAnyone' in method) return await method.answerAnyone(request);
    if (caller === undefined) throw unauthenticated();
    if ('answer' in method) return method.answer({ ...request, caller });
    const prepared = method.prepare({ ...request, caller });
    access.check(caller, method.permission, prepared.on);
    return prepared.perform();
  };

  return {
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    respond: async (request) => {
      let isTokenExchange = false;
      try {
        const { method, groups } = find(request);
        isTokenExchange = method.name === 'sts.token';
        const query = request.url.searchParams;
        const body = bodyOf(request);
        const caller = access.identify(
          /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? '',
        );
        const call = {
          method: method.name,
          resource: groups['resource'] ?? '',
          principal: caller?.principal ?? 'anonymous',
          ...('permission' in method ? { permission: method.permission } : {}),
          input: { ...Object.fromEntries(query), ...body },
          sequence: interception.calls.length,
        };
        return await interception.through(
          call,
          async () => json(200, await perform(method, { path: groups, query, body }, caller)),
          ({ code, status, message, details, body: bare }) =>
            bare === undefined ? new GoogleError(code, status, message, details) : new BareAnswer(code, bare),
        );
      } catch (error) {
        return failed(error, isTokenExchange);
      }
    },
  };
};

const bodyOf = ({ body, headers }: HttpRequest): Fields => {
  if (body === '') return {};
  if ((headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body));
  try {
    // Google's APIs treat a null field as absent.
    return fieldsOf(JSON.parse(body, (_, value: unknown) => (value === null ? undefined : value)));
  } catch {
    throw invalid('Invalid JSON payload received.');
  }
};

/** An answer that is sent unchanged. */
class BareAnswer extends Error {
  readonly answer: HttpAnswer;
  constructor(code: number, { contentType, text }: NonNullable<GoogleFault['body']>) {
    super(`answered ${code}`);
    this.answer = { status: code, headers: { 'content-type': contentType }, body: text };
  }
}

const oauthForms: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'invalid_request',
  UNAVAILABLE: 'temporarily_unavailable',
};

/** The token exchange answers errors in OAuth's form, everything else in Google's. */
const failed = (error: unknown, isTokenExchange: boolean): HttpAnswer => {
  if (error instanceof TokenError) return json(400, { error: error.error, error_description: error.message });
  if (error instanceof BareAnswer) return error.answer;
  if (!(error instanceof GoogleError)) throw error;
  const { code, message, status, details } = error;
  if (isTokenExchange)
    return json(code, { error: oauthForms[status] ?? 'server_error', error_description: message });
  return json(code, { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } });
};
