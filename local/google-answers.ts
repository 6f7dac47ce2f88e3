import type { GoogleFault } from './google/world.ts';

/**
 * Misleading answers to a read, from Google or from something in between. Each is named after its google.rpc.ErrorInfo
 * reason (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto) or after the system that
 * answers.
 */
export const googleAnswers = {
  proxy404: page(404, '404 Not Found'),
  proxy403: page(403, '403 Forbidden'),
  proxy200: page(200, 'Welcome to nginx!'),
  /** The answer for a missing service account that its administrators get. */
  notFound: { code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  /** The answer of a wrong endpoint, Google's own. */
  methodNotFound: { code: 404, status: 'NOT_FOUND', message: 'Method not found.' },
  /** Read as a policy, it has no etag. Read as a listing, it is empty. */
  emptyObject: body(200, '{}'),
  policyWithoutEtag: body(200, '{"version":1,"bindings":[]}'),
  emptyEtag: body(200, '{"etag":"","bindings":[]}'),
  cutOff: body(200, '{"accounts":[{"email":"a@acme-da'),
  notAListing: body(200, '{"accounts":{"email":"a"}}'),
  /** IAM's own message, with and without its reason. */
  notPermitted: denied(),
  IAM_PERMISSION_DENIED: denied('IAM_PERMISSION_DENIED', { permission: 'iam.serviceAccounts.getIamPolicy' }),
  SERVICE_DISABLED: denied('SERVICE_DISABLED', {
    service: 'iam.googleapis.com',
    consumer: 'projects/123456789012',
  }),
  SECURITY_POLICY_VIOLATED: denied('SECURITY_POLICY_VIOLATED', {
    service: 'iam.googleapis.com',
    uid: 'v1-violation',
  }),
  USER_PROJECT_DENIED: denied('USER_PROJECT_DENIED', {
    service: 'iam.googleapis.com',
    consumer: 'projects/acme-quota',
  }),
  CONSUMER_INVALID: denied('CONSUMER_INVALID', {
    service: 'iam.googleapis.com',
    consumer: 'projects/acme-quota',
  }),
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: denied('ACCESS_TOKEN_SCOPE_INSUFFICIENT', {
    service: 'iam.googleapis.com',
  }),
  RATE_LIMIT_EXCEEDED: denied('RATE_LIMIT_EXCEEDED', { service: 'iam.googleapis.com' }),
  ORG_RESTRICTION_VIOLATION: denied('ORG_RESTRICTION_VIOLATION', {}),
} as const satisfies Readonly<Record<string, GoogleFault>>;

export type GoogleAnswer = keyof typeof googleAnswers;

function denied(reason?: string, metadata: Readonly<Record<string, string>> = {}): GoogleFault {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata,
  };
  return {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'The caller does not have permission',
    ...(reason === undefined ? {} : { details: [info] }),
  };
}

function body(code: number, text: string, contentType = 'application/json; charset=UTF-8'): GoogleFault {
  return { code, status: '', message: '', body: { contentType, text } };
}

function page(code: number, title: string): GoogleFault {
  return body(code, `<html><head><title>${title}</title></head><body>${title}</body></html>`, 'text/html');
}
