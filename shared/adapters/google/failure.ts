import { type Because, type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import { field } from '../field.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** The HTTP status of a Google client's error; undefined where no answer came. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = field(thrown, 'status') ?? field(field(thrown, 'response'), 'status');
  return typeof status === 'number' ? status : undefined;
};

/** Google's own words, from the body where there is one. */
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

/** No answer, 401 (a token that ended meanwhile), 408, 429 and 5xx may pass; every other answer is final. */
export const mayPass = (status: number | undefined): boolean =>
  status === undefined || status === 401 || status === 408 || status === 429 || status >= 500;

export const googleFailure = (what: string, thrown: unknown, advice = ''): Failure => {
  const status = statusOf(thrown);
  const message = `${what}: ${status === undefined ? '' : `${status} `}${messageOf(thrown)}${advice === '' ? '' : ` ${advice}`}`;
  return mayPass(status)
    ? new RetryableError(message, { cause: thrown })
    : new PermanentError(message, { cause: thrown });
};

/** Google's refusal of one thing, where the status is one: whether it passes, and what to do, depends on the reason. */
const refusalIn = (thrown: unknown): Refusal | undefined => {
  const status = statusOf(thrown);
  return status === 403 || status === 404 ? refusalOf(status, thrown) : undefined;
};

/** Google's own NOT_FOUND: not a proxy's 404 page, nor "Method not found.". */
export const isNotFound = (thrown: unknown): boolean => refusalIn(thrown)?.kind === 'notFound';

/** The failure of a call about one thing. `advice`: what to do if we lack the permission, or the thing does not exist. */
export const resourceFailure = (what: string, thrown: unknown, advice: string): Failure => {
  const refusal = refusalIn(thrown);
  switch (refusal?.kind) {
    case undefined:
      return googleFailure(what, thrown);
    case 'rateLimited':
      return new RetryableError(googleFailure(what, thrown).message, { cause: thrown });
    case 'notPermitted':
      return permanent(what, thrown, advice, 'notPermitted');
    case 'notFound':
      return permanent(what, thrown, '', 'notFound');
    case 'serviceDisabled':
      return permanent(what, thrown, refusal.nextStep, 'serviceDisabled');
    case 'obstructed':
      return permanent(what, thrown, refusal.nextStep);
  }
};

const permanent = (what: string, thrown: unknown, advice: string, because?: Because): PermanentError =>
  new PermanentError(googleFailure(what, thrown, advice).message, {
    cause: thrown,
    ...(because === undefined ? {} : { because }),
  });
