import { type Because, type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import { field } from '../field.ts';
import { noAnswerReason } from '../no-answer.ts';
import { codeOf, type Refusal, refusalOf } from './refusal.ts';

/** The failure of a call about one resource. `advice`: what to do if we lack the permission, or the resource does not exist. */
export const resourceFailure = (description: string, thrown: unknown, advice: string): Failure => {
  const refusal = refusalIn(thrown);
  switch (refusal?.kind) {
    case undefined:
      return googleFailure(description, thrown);
    case 'rateLimited':
      return new RetryableError(googleFailure(description, thrown).message, { cause: thrown });
    case 'notPermitted':
      return permanentFailure(description, thrown, { advice, because: 'notPermitted' });
    case 'notFound':
      return permanentFailure(description, thrown, { because: 'notFound' });
    case 'serviceDisabled':
      return permanentFailure(description, thrown, { advice: refusal.nextStep, because: 'serviceDisabled' });
    case 'obstructed': {
      const { nextStep, reference = '' } = refusal;
      return permanentFailure(description, thrown, { advice: nextStep, reference });
    }
  }
};

interface Explanation {
  readonly advice?: string;
  /** Differs from call to call. */
  readonly reference?: string;
  readonly because?: Because;
}

/** Google's answer is final. Its own text is not lasting: it may hold the id of the request. */
export const permanentFailure = (
  description: string,
  thrown: unknown,
  { advice = '', reference = '', because }: Explanation,
): PermanentError => {
  const code = codeOf(thrown);
  const answer = `Google answered ${statusOf(thrown)}${code === undefined ? '' : ` (${code})`}.`;
  const explained = (text: string, ...more: readonly string[]): string =>
    `${description}: ${[text, advice, ...more].filter((part) => part !== '').join(' ')}`;
  return new PermanentError(explained(`${statusOf(thrown)} ${messageOf(thrown)}`, reference), {
    cause: thrown,
    lasting: explained(answer),
    ...(because === undefined ? {} : { because }),
  });
};

/** Google's own NOT_FOUND: not a proxy's 404 page, nor "Method not found.". */
export const isNotFound = (thrown: unknown): boolean => refusalIn(thrown)?.kind === 'notFound';

/** For 403 and 404, whether to retry and what to do depend on the reason in Google's error body. */
const refusalIn = (thrown: unknown): Refusal | undefined => {
  const status = statusOf(thrown);
  return status === 403 || status === 404 ? refusalOf(status, thrown) : undefined;
};

/** The failure of any call: retryable by its status alone. */
export const googleFailure = (description: string, thrown: unknown, advice = ''): Failure => {
  const status = statusOf(thrown);
  if (!isTransient(status)) return permanentFailure(description, thrown, { advice });
  const unreached =
    status === undefined
      ? noAnswerReason(thrown, { host: 'Google', setting: 'google.endpoints in rolebridge.yml' })
      : undefined;
  return new RetryableError(`${description}: ${unreached ?? answerText(status, thrown, advice)}`, {
    cause: thrown,
  });
};

const answerText = (status: number | undefined, thrown: unknown, advice: string): string =>
  `${status === undefined ? '' : `${status} `}${messageOf(thrown)}${advice === '' ? '' : ` ${advice}`}`;

/** No answer, 401 (the token expired during the call), 408, 429 and 5xx. Every other answer is final. */
const isTransient = (status: number | undefined): boolean =>
  status === undefined || status === 401 || status === 408 || status === 429 || status >= 500;

/** The HTTP status of a Google client's error; undefined if there was no answer. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = field(thrown, 'status') ?? field(field(thrown, 'response'), 'status');
  return typeof status === 'number' ? status : undefined;
};

/** Google's own message, from the body if there is one. */
export const messageOf = (thrown: unknown): string => {
  const data = field(field(thrown, 'response'), 'data');
  const error = field(data, 'error');
  const description = field(data, 'error_description');
  if (typeof description === 'string')
    return typeof error === 'string' ? `${error}: ${description}` : description;
  const message = field(error, 'message');
  if (typeof message === 'string') return message;
  return thrown instanceof Error ? thrown.message : String(thrown);
};
