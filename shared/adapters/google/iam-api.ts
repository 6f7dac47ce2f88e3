import { backOff } from 'exponential-backoff';
import type { Config } from '../../config.ts';
import { RetryableError } from '../../core/errors.ts';

export const iamOrigin = ({ settings, googleEndpoint }: Config): string =>
  googleEndpoint ?? settings.google.endpoints.iam ?? 'https://iam.googleapis.com';

/** Google's client does not retry POST by itself. Bounded by the time that the invocation has left. */
export const patiently = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
  backOff(call, {
    jitter: 'full',
    startingDelay: 200,
    maxDelay: 5_000,
    numOfAttempts: 5,
    retry: (error) => error instanceof RetryableError && !signal.aborted,
  });
