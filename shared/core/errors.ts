import { withoutSecrets } from './without-secrets.ts';

/** EventBridge takes 256 KB per event, in which JSON may write a character as six. */
const longestMessage = 4000;

/**
 * Base of the two kinds of failure that decide whether a message comes back (style rule 5). Most messages repeat what a
 * service said, and end in a log, an outcome or on a terminal: so none holds a secret, no matter where it was made.
 */
abstract class RolebridgeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(withoutSecrets(message, longestMessage), options);
    this.name = new.target.name;
  }
}

/** Something that may well work later: throttling, 5xx, a lost connection, not enough time left. */
export class RetryableError extends RolebridgeError {
  override readonly name = 'RetryableError';
}

/**
 * Where that makes a difference: Google refused us the thing, or answered that it does not exist (neither proves that it
 * is gone); its API is not enabled; what is there is not what the call expects; or a person's answer is not carried out,
 * though the function that was asked did not fail.
 */
export type Because = 'notPermitted' | 'notFound' | 'serviceDisabled' | 'conflict' | 'answerRefused';

/** Trying again will not help: not permitted, malformed, no such account. */
export class PermanentError extends RolebridgeError {
  override readonly name = 'PermanentError';
  readonly because: Because | undefined;
  constructor(message: string, options?: ErrorOptions & { readonly because?: Because }) {
    super(message, options);
    this.because = options?.because;
  }
}

export type Failure = RetryableError | PermanentError;

/** Google's own 403 or 404 about the thing: it may not exist, or we may lack the permission. */
export const isRefusal = (
  failure: unknown,
): failure is PermanentError & { readonly because: 'notPermitted' | 'notFound' } =>
  failure instanceof PermanentError && (failure.because === 'notPermitted' || failure.because === 'notFound');

export const isAnswerRefused = (failure: unknown): failure is PermanentError =>
  failure instanceof PermanentError && failure.because === 'answerRefused';

/** Makes any thrown thing a Failure. What we do not know may pass, so it counts as retryable. */
export const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) return thrown;
  return new RetryableError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
};
