import type { GoogleFault } from './google/world.ts';

/**
 * Answers to a read that do not mean what they seem to: from Google, or from something in between. Each is one of
 * google.rpc.ErrorInfo's reasons (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto), or
 * named after what answers.
 */
export const googleAnswers = {
  proxy404: page(404, '404 Not Found'),
  proxy403: page(403, '403 Forbidden'),
  proxy200: page(200, 'Welcome to nginx!'),
  /** Of a service account, as its administrators see it. */
  notFound: { code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  /** A wrong endpoint of Google's own. */
  methodNotFound: { code: 404, status: 'NOT_FOUND', message: 'Method not found.' },
  /** A policy without an etag; an empty listing. */
  emptyObject: body(200, '{}'),
  policyWithoutEtag: body(200, '{"version":1,"bindings":[]}'),
  emptyEtag: body(200, '{"etag":"","bindings":[]}'),
  cutOff: body(200, '{"accounts":[{"email":"a@acme-da'),
  notAListing: body(200, '{"accounts":{"email":"a"}}'),
  /** IAM's own words, with and without its reason. */
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
