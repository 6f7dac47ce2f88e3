import { type Failure, PermanentError, RetryableError } from '../../core/errors.ts';
import { field } from '../field.ts';

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

/** https://cloud.google.com/apis/design/errors#error_info: an API that the caller's project has not enabled. */
const disabledService = (
  thrown: unknown,
): { readonly service: string; readonly consumer: string } | undefined => {
  const details = field(field(field(field(thrown, 'response'), 'data'), 'error'), 'details');
  const found: unknown = Array.isArray(details)
    ? details.find((detail) => field(detail, 'reason') === 'SERVICE_DISABLED')
    : undefined;
  if (found === undefined) return undefined;
  const metadata = field(found, 'metadata');
  const text = (name: string): string => {
    const value = field(metadata, name);
    return typeof value === 'string' ? value : '';
  };
  return { service: text('service'), consumer: text('consumer').replace('projects/', '') };
};

/** The failure of a call about one thing: Google's refusal or ignorance is of that thing, and not of everything. */
export const resourceFailure = (what: string, thrown: unknown, advice: string): Failure => {
  const status = statusOf(thrown);
  const disabled = disabledService(thrown);
  if (disabled !== undefined) {
    const { message } = googleFailure(
      what,
      thrown,
      `Enable it: gcloud services enable ${disabled.service} --project ${disabled.consumer}`,
    );
    return new PermanentError(message, { cause: thrown, because: 'serviceDisabled' });
  }
  const failure = googleFailure(what, thrown, status === 403 ? advice : '');
  if (status !== 403 && status !== 404) return failure;
  const because = status === 403 ? 'notPermitted' : 'missing';
  return new PermanentError(failure.message, { cause: thrown, because });
};
