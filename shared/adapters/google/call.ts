import { type Failure, RetryableError } from '../../core/errors.ts';
import { fullJitter, retry } from '../../waiting.ts';
import { clockUntil } from '../clock.ts';
import { isNotFound, resourceFailure } from './failure.ts';
import { callOptions, type GoogleApi, type GoogleSession, originOf } from './session.ts';

export interface GoogleCall {
  /** @default 'iam' */
  readonly api?: GoogleApi;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Follows the API's version. */
  readonly path: string;
  readonly params?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: object;
}

/** One of Google's request types. We never change a request in place. */
export type Sent<T> = T extends readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Sent<T[Key]> }
    : T;

/** Makes one REST call with google-auth-library alone, as the functions do (docs/adr/0002). */
export const callGoogle = async <T>(
  session: GoogleSession,
  { api = 'iam', method, path, params = {}, headers, data }: GoogleCall,
): Promise<T> => {
  const answer = await session.identity.request<T>({
    ...callOptions(session),
    url: `${originOf(session, api)}/${versions[api]}/${path}`,
    method,
    params,
    ...(headers === undefined ? {} : { headers }),
    ...(data === undefined ? {} : { data }),
  });
  return answer.data;
};

/** The first part of an API's paths. */
const versions: Readonly<Record<GoogleApi, string>> = {
  iam: 'v1',
  cloudresourcemanager: 'v3',
  serviceusage: 'v1',
  storage: 'storage/v1',
  bigquery: 'bigquery/v2',
  secretmanager: 'v1',
  pubsub: 'v1',
  policyanalyzer: 'v1',
};

/** Signs in and makes one call. Retries with backoff, up to 5 attempts, until the session's signal aborts. */
export const withRetries = <T>(
  { identity, signal }: GoogleSession,
  call: () => Promise<T>,
  asFailure: (thrown: unknown) => Failure,
): Promise<T> =>
  retry(
    {
      clock: clockUntil(signal),
      attempts: 5,
      pauseMilliseconds: fullJitter({ firstMilliseconds: 200, longestMilliseconds: 5_000 }),
      isRetryable: (thrown) => thrown instanceof RetryableError,
      signal,
    },
    async () => {
      await identity.signIn();
      try {
        return await call();
      } catch (thrown) {
        throw asFailure(thrown);
      }
    },
  );

/** Reads one resource; undefined if Google itself answers NOT_FOUND. `advice`: what to do if Google refuses. */
export const readOne = <T>(
  session: GoogleSession,
  resource: string,
  call: () => Promise<T>,
  advice = 'Ask for the permission, or let an administrator of the Google side run this.',
): Promise<T | undefined> => {
  const unlessNotFound = async (): Promise<T | undefined> => {
    try {
      return await call();
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  };
  return withRetries(session, unlessNotFound, (thrown) =>
    resourceFailure(`reading ${resource}`, thrown, advice),
  );
};
