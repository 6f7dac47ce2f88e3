import { field } from '../field.ts';

/**
 * The meaning of a 403 or 404. Only `notPermitted` and `notFound` are about the resource itself, and neither proves that
 * it is gone (docs/adr/0020-absence-must-be-confirmed.md).
 */
export type Refusal =
  /** IAM's own refusal: we lack the permission, or the resource does not exist. */
  | { readonly kind: 'notPermitted' }
  /** Google's own NOT_FOUND. */
  | { readonly kind: 'notFound' }
  | { readonly kind: 'rateLimited' }
  | { readonly kind: 'serviceDisabled'; readonly nextStep: string }
  /** Anything else: something between us and the resource. */
  | {
      readonly kind: 'obstructed';
      readonly nextStep: string;
      /** How Google's administrators find this one call; another call has another one. */
      readonly reference?: string;
    };

export const refusalOf = (status: 403 | 404, thrown: unknown): Refusal => {
  const error = googleErrorOf(thrown);
  if (error === undefined)
    return {
      kind: 'obstructed',
      nextStep:
        'The answer is not from a Google API (it has no Google error body): a proxy, a gateway or a wrong endpoint answered. Check google.endpoints in rolebridge.yml and the network in between.',
    };
  return status === 404 ? refusalOf404(error) : refusalOf403(error);
};

interface GoogleErrorBody {
  readonly status: string;
  readonly message: string;
  readonly details: unknown;
  /** The reason in the form of Google's older APIs: `forbidden`, `rateLimitExceeded`. */
  readonly reason: string | undefined;
}

/** True if a Google API itself answered, not a proxy in front of it. */
export const isGoogleError = (thrown: unknown): boolean => googleErrorOf(thrown) !== undefined;

/**
 * https://cloud.google.com/apis/design/errors#http_mapping: a JSON object with one of Google's status names. Storage answers in
 * the older form, without a status (https://cloud.google.com/storage/docs/json_api/v1/status-codes), and BigQuery in both.
 */
const googleErrorOf = (thrown: unknown): GoogleErrorBody | undefined => {
  const error = field(field(field(thrown, 'response'), 'data'), 'error');
  const [status, message] = [field(error, 'status'), field(error, 'message')];
  const reason = olderReasonOf(error);
  const named =
    typeof status === 'string' ? status : reason === undefined ? undefined : statusOfReason(reason);
  return named !== undefined && typeof message === 'string'
    ? { status: named, message, details: field(error, 'details'), reason }
    : undefined;
};

/** Google's name for an error: the most exact one that its body has. */
export const codeOf = (thrown: unknown): string | undefined => {
  const error = googleErrorOf(thrown);
  return error === undefined ? undefined : token(errorInfoOf(error.details)?.reason ?? error.status);
};

/** The first of the errors has the reason of the answer. */
const olderReasonOf = (error: unknown): string | undefined => {
  const errors = field(error, 'errors');
  const reason: unknown = Array.isArray(errors) ? field(errors[0], 'reason') : undefined;
  return typeof reason === 'string' ? reason : undefined;
};

/** The statuses that decide anything here. */
const statusOfReason = (reason: string): string => {
  if (reason === 'notFound') return 'NOT_FOUND';
  return reason === 'forbidden' ? 'PERMISSION_DENIED' : 'UNKNOWN';
};

const refusalOf404 = ({ status, message }: GoogleErrorBody): Refusal => {
  // Google answers this for a path that its API does not have. The status is NOT_FOUND, too.
  if (/^method not found/i.test(message))
    return {
      kind: 'obstructed',
      nextStep: 'The endpoint does not serve this path. Check google.endpoints in rolebridge.yml.',
    };
  return status === 'NOT_FOUND'
    ? { kind: 'notFound' }
    : {
        kind: 'obstructed',
        nextStep: `Google's status is ${token(status)}, which rolebridge does not know.`,
      };
};

const refusalOf403 = ({ status, details, reason, message }: GoogleErrorBody): Refusal => {
  const info = errorInfoOf(details);
  if (info === undefined && reason !== undefined) return refusalOfReason(reason, message);
  if (info === undefined)
    return status === 'PERMISSION_DENIED'
      ? { kind: 'notPermitted' }
      : {
          kind: 'obstructed',
          nextStep: `Google's status is ${token(status)}, which rolebridge does not know.`,
        };
  switch (info.reason) {
    case 'IAM_PERMISSION_DENIED':
      return { kind: 'notPermitted' };
    case 'RATE_LIMIT_EXCEEDED':
      return { kind: 'rateLimited' };
    case 'SERVICE_DISABLED':
      return {
        kind: 'serviceDisabled',
        nextStep: `Enable it: gcloud services enable ${info.text('service', 'SERVICE')} --project ${consumerOf(info)}`,
      };
    default:
      return { kind: 'obstructed', nextStep: nextStepFor(info), ...referenceOf(info) };
  }
};

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes#403-forbidden, https://cloud.google.com/bigquery/docs/error-messages */
const refusalOfReason = (reason: string, message: string): Refusal => {
  switch (reason) {
    // The same reasons stand for VPC Service Controls and for other rules of an organization, whose texts name no permission.
    case 'forbidden':
    case 'accessDenied':
      return /\bpermission\b|\bdoes not have\b/i.test(message)
        ? { kind: 'notPermitted' }
        : organizationRefuses(message);
    case 'rateLimitExceeded':
    case 'userRateLimitExceeded':
    case 'quotaExceeded':
      return { kind: 'rateLimited' };
    case 'accessNotConfigured':
      return {
        kind: 'serviceDisabled',
        nextStep:
          'Enable the API in the project that Google names: gcloud services enable SERVICE --project PROJECT',
      };
    default:
      return {
        kind: 'obstructed',
        nextStep: `Google's reason is ${/^[A-Za-z]{1,63}$/.test(reason) ? reason : 'not readable'}.`,
      };
  }
};

const organizationRefuses = (message: string): Refusal => {
  const [, uid] = /vpcServiceControlsUniqueIdentifier: ?([\w-]{1,200})/.exec(message) ?? [];
  return uid === undefined
    ? {
        kind: 'obstructed',
        nextStep: 'This is not about a permission of rolebridge: ask the administrators of the organization.',
      }
    : { kind: 'obstructed', nextStep: perimeterStep, reference: violationReference(uid) };
};

const perimeterStep =
  'A VPC Service Controls perimeter refuses the call. Ask its administrators for an ingress rule for the service account of rolebridge.';

const violationReference = (uid: string): string => `They find the violation by its id ${uid}.`;

/** https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto */
const nextStepFor = (info: ErrorInfo): string => {
  switch (info.reason) {
    case 'SECURITY_POLICY_VIOLATED':
      return perimeterStep;
    case 'USER_PROJECT_DENIED':
      return `The caller may not use project ${consumerOf(info)} for quota. Grant roles/serviceusage.serviceUsageConsumer on it, or set another quota project: gcloud auth application-default set-quota-project PROJECT`;
    case 'CONSUMER_INVALID':
      return `Project ${consumerOf(info)} is not valid as the consumer of the API: it was deleted, or its name is wrong. See whether it exists: gcloud projects describe ${consumerOf(info)}`;
    case 'ACCESS_TOKEN_SCOPE_INSUFFICIENT':
      return 'The access token lacks the scope https://www.googleapis.com/auth/cloud-platform. Sign in again: gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform';
    case 'BILLING_DISABLED':
      return `Billing is off in project ${consumerOf(info)}. Link a billing account to it.`;
    default:
      return `Google's reason is ${info.reason}. Look it up: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto`;
  }
};

const referenceOf = ({ reason, text }: ErrorInfo): { readonly reference?: string } => {
  const uid = reason === 'SECURITY_POLICY_VIOLATED' ? text('uid', '') : '';
  return uid === '' ? {} : { reference: violationReference(uid) };
};

interface ErrorInfo {
  readonly reason: string;
  /** A value from its metadata, if it is a plain name. */
  readonly text: (name: string, otherwise: string) => string;
}

/** google.rpc.ErrorInfo: the only detail that has a reason. */
const errorInfoOf = (details: unknown): ErrorInfo | undefined => {
  const info: unknown = Array.isArray(details)
    ? details.find((detail) => typeof field(detail, 'reason') === 'string')
    : undefined;
  const reason = field(info, 'reason');
  if (typeof reason !== 'string') return undefined;
  const metadata = field(info, 'metadata');
  return {
    reason: token(reason),
    text: (name, otherwise) => {
      const value = field(metadata, name);
      return typeof value === 'string' && /^[\w.:/-]{1,200}$/.test(value) ? value : otherwise;
    },
  };
};

/** Reasons and statuses are UPPER_SNAKE_CASE of up to 63 characters. We repeat nothing else. */
const token = (text: string): string => (/^[A-Z][A-Z0-9_]{0,62}$/.test(text) ? text : 'not readable');

const consumerOf = (info: ErrorInfo): string => info.text('consumer', 'PROJECT').replace(/^projects\//, '');
