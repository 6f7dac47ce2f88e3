/** An error in the form of Google's REST APIs. */
export class GoogleError extends Error {
  readonly code: number;
  readonly status: string;
  readonly details: readonly object[];
  constructor(code: number, status: string, message: string, details: readonly object[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** An error in the form of Google's token exchange. */
export class TokenError extends Error {
  readonly error: string;
  constructor(error: string, message: string) {
    super(message);
    this.error = error;
  }
}

/** IAM's own words. Other APIs have theirs: see `Api`. */
export const denied = (permission: string): GoogleError =>
  new GoogleError(
    403,
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource (or it may not exist).`,
    [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'IAM_PERMISSION_DENIED',
        domain: 'iam.googleapis.com',
        metadata: { permission },
      },
    ],
  );

export const invalid = (message: string): GoogleError => new GoogleError(400, 'INVALID_ARGUMENT', message);

export const notFound = (message = 'Requested entity was not found.'): GoogleError =>
  new GoogleError(404, 'NOT_FOUND', message);

export const exists = (message = 'Requested entity already exists'): GoogleError =>
  new GoogleError(409, 'ALREADY_EXISTS', message);

export const aborted = (message: string): GoogleError => new GoogleError(409, 'ABORTED', message);

export const unauthenticated = (): GoogleError =>
  new GoogleError(
    401,
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
  );
