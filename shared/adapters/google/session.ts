import { backOff } from 'exponential-backoff';
import type { Environment } from '../../config.ts';
import { RetryableError } from '../../core/errors.ts';
import type { GoogleEndpoints } from '../../core/settings.ts';
import type { GoogleIdentity } from './identity.ts';

/** As whom, where, and until when Google is called. */
export interface GoogleSession extends Pick<Environment, 'googleEndpoint'> {
  readonly identity: GoogleIdentity;
  readonly endpoints: GoogleEndpoints;
  readonly signal: AbortSignal;
}

/** Google's client does not retry POST by itself. Bounded by the time that the invocation has left. */
export const patiently = <T>({ signal }: GoogleSession, call: () => Promise<T>): Promise<T> =>
  backOff(call, {
    jitter: 'full',
    startingDelay: 200,
    maxDelay: 5_000,
    numOfAttempts: 5,
    retry: (error) => error instanceof RetryableError && !signal.aborted,
  });

export interface GoogleCall {
  /** @default 'iam' */
  readonly api?: 'iam' | 'cloudresourcemanager' | 'serviceusage';
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Behind `/v1/`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly data?: object;
}

/** One call of a REST API of Google's, with google-auth-library's own client (docs/adr/0002). */
export const callGoogle = async <T>(
  { identity, endpoints, googleEndpoint, signal }: GoogleSession,
  { api = 'iam', method, path, params = {}, data }: GoogleCall,
): Promise<T> => {
  const origin = googleEndpoint ?? endpoints[api] ?? `https://${api}.googleapis.com`;
  const answer = await identity.request<T>({
    url: `${origin}/v1/${path}`,
    method,
    params,
    ...(data === undefined ? {} : { data }),
    signal,
    timeout: 10_000,
    retry: false,
  });
  return answer.data;
};
