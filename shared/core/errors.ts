import { withoutSecrets } from './without-secrets.ts';

/** EventBridge takes 256 KB per event, and JSON may need six bytes for a character. */
const longestMessage = 4000;

/**
 * Base of the two kinds of failure that decide whether a message comes back. Most messages repeat the
 * text of a service, and end up in a log, an outcome or on a terminal. So secrets, and characters that a terminal obeys, are
 * removed here, for all of them.
 */
abstract class RolebridgeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(readable(message), options);
    this.name = new.target.name;
  }
}

/** May work later: throttling, 5xx, a lost connection, not enough time left. */
export class RetryableError extends RolebridgeError {
  override readonly name = 'RetryableError';
}

/**
 * Set if a caller needs to know: Google refused to show us the thing, or answered that it does not exist (neither proves that
 * it is gone); its API is not enabled; the existing thing is not what the call expects; the function worked but refused
 * a person's answer; or AWS did not let us assume a role and gave no reason.
 */
export type Because =
  | 'notPermitted'
  | 'notFound'
  | 'serviceDisabled'
  | 'conflict'
  | 'answerRefused'
  | 'assumeUnexplained';

interface PermanentErrorOptions extends ErrorOptions {
  readonly because?: Because;
  /** @default the message */
  readonly lasting?: string;
}

/** Trying again will not help: not permitted, malformed, no such account. */
export class PermanentError extends RolebridgeError {
  override readonly name = 'PermanentError';
  readonly because: Because | undefined;
  /** The same for each try: without the texts of services, which may hold the id or the time of a request. */
  readonly lasting: string;
  constructor(message: string, options?: PermanentErrorOptions) {
    super(message, options);
    this.because = options?.because;
    this.lasting = readable(options?.lasting ?? message);
  }
}

const readable = (message: string): string =>
  withoutSecrets(message, longestMessage).replaceAll(controlCharacters, '');

/** All but tabs and line breaks. */
const controlCharacters = /[^\P{Cc}\t\n]/gu;

export type Failure = RetryableError | PermanentError;

/** Google's own 403 or 404 about the thing: it may not exist, or we may lack the permission. */
export const isRefusal = (
  failure: unknown,
): failure is PermanentError & { readonly because: 'notPermitted' | 'notFound' } =>
  failure instanceof PermanentError && (failure.because === 'notPermitted' || failure.because === 'notFound');

export const isAnswerRefused = (failure: unknown): failure is PermanentError =>
  failure instanceof PermanentError && failure.because === 'answerRefused';

/** Turns anything that was thrown into a Failure. An error that we do not know counts as retryable. */
export const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) return thrown;
  return new RetryableError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
};
