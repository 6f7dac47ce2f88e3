/** Answers that Google, or something in front of it, gives instead of the requested one. */
export interface GoogleAnswer {
  readonly status: number;
  readonly data: unknown;
}

const error = (
  code: number,
  status: string,
  message: string,
  details: readonly object[] = [],
): GoogleAnswer => ({
  status: code,
  data: { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } },
});

const refusal = (reason: string, message: string, metadata: Readonly<Record<string, string>>): GoogleAnswer =>
  error(403, 'PERMISSION_DENIED', message, [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata },
  ]);

const consumer = { consumer: 'projects/123456789012', service: 'iam.googleapis.com' };

/**
 * Bodies as Google documents them (https://cloud.google.com/apis/design/errors,
 * https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto). shared/adapters/google decides
 * how to interpret them.
 */
export const googleAnswers = {
  IAM_PERMISSION_DENIED: refusal(
    'IAM_PERMISSION_DENIED',
    "Permission 'iam.serviceAccounts.getIamPolicy' denied on resource (or it may not exist).",
    { permission: 'iam.serviceAccounts.getIamPolicy' },
  ),
  SECURITY_POLICY_VIOLATED: refusal(
    'SECURITY_POLICY_VIOLATED',
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: dXNlci1pZA",
    { uid: 'dXNlci1pZA', service: 'iam.googleapis.com' },
  ),
  USER_PROJECT_DENIED: refusal(
    'USER_PROJECT_DENIED',
    'Caller does not have required permission to use project 123456789012.',
    consumer,
  ),
  CONSUMER_INVALID: refusal('CONSUMER_INVALID', 'Project 123456789012 has been deleted.', consumer),
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: refusal(
    'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    'Request had insufficient authentication scopes.',
    { service: 'iam.googleapis.com', method: 'google.iam.admin.v1.IAM.GetIAMPolicy' },
  ),
  RATE_LIMIT_EXCEEDED: refusal('RATE_LIMIT_EXCEEDED', 'Quota exceeded for quota metric.', consumer),
  SERVICE_DISABLED: refusal(
    'SERVICE_DISABLED',
    'Identity and Access Management (IAM) API has not been used in project 123456789012 before or it is disabled.',
    consumer,
  ),
  '403 without a reason': error(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
  '403 page': { status: 403, data: '<html><h1>403 Forbidden</h1>nginx</html>' },
  '404': error(404, 'NOT_FOUND', 'Unknown service account'),
  '404 page': { status: 404, data: '<html><h1>404 Not Found</h1>nginx</html>' },
  'Method not found.': error(404, 'NOT_FOUND', 'Method not found.'),
  // The write is made, and this is the answer to it.
  '200 without an etag': { status: 200, data: {} },
  '400': error(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
} as const satisfies Readonly<Record<string, GoogleAnswer>>;

export type AnswerName = keyof typeof googleAnswers;
export const answerNames = Object.keys(googleAnswers).filter(
  (name): name is AnswerName => name in googleAnswers,
);

export const conflict = error(409, 'ABORTED', 'There were concurrent policy changes.');
export const rejection = (member: string): GoogleAnswer =>
  error(400, 'FAILED_PRECONDITION', `${member} does not belong to a permitted customer.`);
