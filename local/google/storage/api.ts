import { json } from '../../http.ts';
import type { Caller } from '../access.ts';
import type { Api } from '../api.ts';
import { GoogleError } from '../errors.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export const storageApi: Api = {
  denied: (permission, on, caller) => {
    const thing = on.name.includes('/o/') ? 'object' : 'bucket';
    return new GoogleError(
      403,
      'PERMISSION_DENIED',
      `${named(caller)} does not have ${permission} access to the Google Cloud Storage ${thing}. Permission '${permission}' denied on resource (or it may not exist).`,
    );
  },
  answerOf: ({ code: asked, message, status }) => {
    // Storage maps a failed precondition to 412 even if it is not about an etag: an organization policy, for example.
    const code = status === 'FAILED_PRECONDITION' ? 412 : asked;
    const reason = reasons[status] ?? 'backendError';
    return json(code, { error: { code, message, errors: [{ message, domain: 'global', reason }] } });
  },
};

/** Google names service accounts and users. A federated token belongs to neither. */
const named = ({ principal }: Caller): string =>
  /^(?:serviceAccount|user):(.+)$/.exec(principal)?.[1] ?? 'Caller';

const reasons: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'invalid',
  UNAUTHENTICATED: 'authError',
  PERMISSION_DENIED: 'forbidden',
  NOT_FOUND: 'notFound',
  ALREADY_EXISTS: 'conflict',
  FAILED_PRECONDITION: 'conditionNotMet',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  INTERNAL: 'internalError',
};

export const preconditionFailed = (): GoogleError =>
  new GoogleError(412, 'FAILED_PRECONDITION', 'Precondition Failed');
