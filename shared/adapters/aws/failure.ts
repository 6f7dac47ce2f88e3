import { type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { field } from '../field.ts';
import { noAnswerReason } from '../no-answer.ts';
import { loadFromChain, profileReason } from './credential-chain.ts';

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

/** Classifies an error of the AWS SDK as retryable or permanent. */
export const awsFailure = (what: string, thrown: unknown): Failure => {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name } = error;
  if (name === 'CredentialsProviderError')
    return new PermanentError(withSignIn(what, error.message), {
      cause: thrown,
      lasting: `${what}: no AWS credentials were found.`,
    });
  const status = field(field(thrown, '$metadata'), 'httpStatusCode');
  const foreign = foreignAnswer(thrown);
  if (foreign !== undefined) return new RetryableError(`${what}: ${foreign}`, { cause: thrown });
  const isAnswered = typeof status === 'number';
  const message = `${what}: ${isAnswered ? `${name}: ${error.message}` : connectionText(error)}`;
  const mayPass =
    !isAnswered ||
    status >= 500 ||
    status === 429 ||
    field(thrown, '$retryable') !== undefined ||
    passing.has(name) ||
    /Throttl|RequestLimit|TooManyRequests/.test(name);
  return mayPass
    ? new RetryableError(message, { cause: thrown })
    : new PermanentError(message, { cause: thrown, lasting: `${what}: AWS answered ${name}.` });
};

/**
 * Whether something answered that is not AWS. Every error of AWS has a code, and every answer an id. Without a code, the SDK calls the
 * error Unknown, or throws what parsing the answer threw. A proxy's JSON may have a code.
 */
export const isForeignAnswer = (thrown: unknown): boolean => {
  const { httpStatusCode, requestId } = metadataOf(thrown);
  const isCoded = thrown instanceof Error && !/^(Unknown|Error|SyntaxError|TypeError)$/.test(thrown.name);
  return httpStatusCode !== undefined && (requestId === undefined || !isCoded);
};

const metadataOf = (thrown: unknown): { readonly httpStatusCode?: unknown; readonly requestId?: unknown } => {
  const metadata = field(thrown, '$metadata');
  return isRecord(metadata) ? metadata : {};
};

/** Whether AWS itself answered with this exception. A proxy could write its name, and access must not end for that. */
export const isAwsException = <Exception extends Error>(
  thrown: unknown,
  exception: abstract new (...args: never[]) => Exception,
): thrown is Exception => thrown instanceof exception && !isForeignAnswer(thrown);

/** The reason, if it is foreign. */
export const foreignAnswer = (thrown: unknown): string | undefined =>
  isForeignAnswer(thrown) ? notFromAws(metadataOf(thrown).httpStatusCode) : undefined;

const notFromAws = (status: unknown): string =>
  `the answer (HTTP ${String(status)}) is not from AWS (it has no error code or no request id): a proxy, a gateway or a wrong endpoint answered. Check AWS_ENDPOINT_URL, HTTPS_PROXY and the network in between.`;

/**
 * For a write whose answer has no other content: its request id alone shows that AWS took it.
 * @throws RetryableError for an answer without one, such as a proxy's empty page
 */
export const assertFromAws = (
  what: string,
  {
    $metadata,
  }: {
    readonly $metadata: {
      readonly httpStatusCode?: number | undefined;
      readonly requestId?: string | undefined;
    };
  },
): void => {
  if ($metadata.requestId === undefined)
    throw new RetryableError(`${what}: ${notFromAws($metadata.httpStatusCode)}`);
};

const unknownReason = 'Could not load credentials from any providers';

/** The SDK's texts about SSO already name the command. Without any credentials, it does not matter which call came first. */
const withSignIn = (what: string, message: string): string => {
  if (message.includes('aws sso login')) return `${what}: ${message}`;
  const problem =
    message === unknownReason ? 'No AWS credentials found' : `${what}: ${message.replace(/\.$/, '')}`;
  return `${problem}. Sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
};

/** Without an answer, the error's name is the name of a class. The SDK calls a request aborted that our signal ends. */
const connectionText = (error: Error): string => {
  if (error.name === 'AbortError') return 'AWS had not answered when the time for the call was up.';
  const reason = noAnswerReason(error, { host: 'AWS', setting: 'AWS_ENDPOINT_URL' });
  return reason ?? (error.message === '' ? 'no reason given' : error.message);
};

/** Runs one call of the SDK. If it throws, the Failure names what was tried. */
export const tried = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (thrown) {
    throw await failureWithReason(what, thrown);
  }
};

/** The failure of a call. For missing credentials, it asks the chain again, and reads the reason from its log. */
export const failureWithReason = async (what: string, thrown: unknown): Promise<Failure> => {
  const failure = awsFailure(what, thrown);
  if (!(thrown instanceof Error && thrown.message === unknownReason)) return failure;
  const loaded = await loadFromChain();
  const reason = loaded.kind === 'failed' ? profileReason(loaded.lines) : undefined;
  return reason === undefined ? failure : new PermanentError(`${what}: ${reason}`, { cause: thrown });
};
