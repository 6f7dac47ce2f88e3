import { type HttpAnswer, type HttpRequest, json } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import type { Access, Caller } from './access.ts';
import { type Api, commonApi } from './api.ts';
import { GoogleError, invalid, notFound, TokenError, unauthenticated } from './errors.ts';
import { type Fields, fieldsOf, type Method, type MethodRequest, RawAnswer } from './method.ts';

export interface GoogleCall {
  /** `iam.serviceAccounts.setIamPolicy`, `sts.token`, `iamcredentials.generateAccessToken` */
  readonly method: string;
  /** The named part of the path: `projects/P/serviceAccounts/E`, `b/B/o/O`. Empty for the token exchange. */
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
    request: Omit<MethodRequest, 'caller'>,
    caller: Caller | undefined,
  ): Promise<unknown> => {
    if ('answerAnyone' in method) return await method.answerAnyone(request);
    if (caller === undefined) throw unauthenticated();
    if ('answer' in method) return method.answer({ ...request, caller });
    const prepared = method.prepare({ ...request, caller });
    const permission = permissionOf(method, request.query) ?? '';
    if (!access.holds(caller, permission, prepared.on, prepared.attributes))
      throw (method.api ?? commonApi).denied(permission, prepared.on, caller);
    return prepared.perform();
  };

  return {
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    respond: async (request) => {
      let api = commonApi;
      try {
        const { method, groups } = find(request);
        api = method.api ?? commonApi;
        const query = request.url.searchParams;
        const body = bodyOf(request);
        const caller = access.identify(
          /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? '',
        );
        const permission = permissionOf(method, query);
        const call = {
          method: method.name,
          resource: groups['resource'] ?? '',
          principal: caller?.principal ?? 'anonymous',
          ...(permission === undefined ? {} : { permission }),
          input: { ...Object.fromEntries(query), ...body },
          sequence: interception.calls.length,
        };
        return await interception.through(
          call,
          async () => answerOf(await perform(method, { path: groups, query, body, raw: request }, caller)),
          ({ code, status, message, details, body: bare }) =>
            bare === undefined ? new GoogleError(code, status, message, details) : new BareAnswer(code, bare),
        );
      } catch (error) {
        return failed(error, api);
      }
    },
  };
};

const permissionOf = (method: Method, query: URLSearchParams): string | undefined => {
  if (!('permission' in method)) return undefined;
  return typeof method.permission === 'string' ? method.permission : method.permission(query);
};

const answerOf = (result: unknown): HttpAnswer =>
  result instanceof RawAnswer ? result.answer : json(200, result);

const bodyOf = ({ body, headers }: HttpRequest): Fields => {
  const type = headers['content-type'] ?? '';
  if (body === '') return {};
  if (type.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body));
  // An object's content. Calls without a type contain JSON.
  if (!/^($|application\/json)/.test(type)) return {};
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

const failed = (error: unknown, api: Api): HttpAnswer => {
  if (error instanceof TokenError) return json(400, { error: error.error, error_description: error.message });
  if (error instanceof BareAnswer) return error.answer;
  if (!(error instanceof GoogleError)) throw error;
  return api.answerOf(error);
};
