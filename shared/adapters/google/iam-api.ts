import { backOff } from 'exponential-backoff';
import type { AwsClient } from 'google-auth-library';
import type { Config } from '../../config.ts';
import { RetryableError } from '../../core/errors.ts';

/** Google's client does not retry POST by itself. Bounded by the time that the invocation has left. */
export const patiently = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
  backOff(call, {
    jitter: 'full',
    startingDelay: 200,
    maxDelay: 5_000,
    numOfAttempts: 5,
    retry: (error) => error instanceof RetryableError && !signal.aborted,
  });

interface IamCall {
  readonly method: 'GET' | 'POST';
  /** Behind `/v1/`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly data?: object;
}

/** One call of IAM's REST API, with google-auth-library's own client (docs/adr/0002). */
export const callIam = async <T>(
  { settings, googleEndpoint }: Config,
  identity: AwsClient,
  signal: AbortSignal,
  { method, path, params = {}, data }: IamCall,
): Promise<T> => {
  const origin = googleEndpoint ?? settings.google.endpoints.iam ?? 'https://iam.googleapis.com';
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
