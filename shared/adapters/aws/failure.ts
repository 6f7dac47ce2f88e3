import { type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import { field } from '../field.ts';

/** Codes of temporary errors, besides throttling, 5xx and network errors (which the SDK has already retried). */
const passing = new Set([
  'TooManyUpdates',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'ConcurrentModification',
  'ServiceFailure',
  'ProvisionedThroughputExceededException',
  'InternalServerError',
  // PutParameter soon after a delete of the same name: for 30 s the name cannot be used again.
  'ParameterAlreadyExists',
]);

/** A connection that failed on each of a host's addresses has no message of its own. */
const wordsOf = (error: Error): string => {
  if (error.message !== '') return error.message;
  const inner =
    error instanceof AggregateError ? error.errors.find((one) => one instanceof Error) : undefined;
  if (inner instanceof Error) return inner.message;
  const code = field(error, 'code');
  return typeof code === 'string' ? code : 'no reason given';
};

/** Classifies an error of the AWS SDK as retryable or permanent. */
export const awsFailure = (what: string, thrown: unknown): Failure => {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name } = error;
  const message = `${what}: ${name}: ${wordsOf(error)}`;
  if (name === 'CredentialsProviderError')
    return new PermanentError(
      `${message}. Sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause: thrown },
    );
  const status = field(field(thrown, '$metadata'), 'httpStatusCode');
  const isAnswered = typeof status === 'number';
  const mayPass =
    !isAnswered ||
    status >= 500 ||
    status === 429 ||
    field(thrown, '$retryable') !== undefined ||
    passing.has(name) ||
    /Throttl|RequestLimit|TooManyRequests/.test(name);
  return mayPass
    ? new RetryableError(message, { cause: thrown })
    : new PermanentError(message, { cause: thrown });
};

/** Runs one call of the SDK. If it throws, the Failure names what was tried. */
export const tried = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (thrown) {
    throw awsFailure(what, thrown);
  }
};
