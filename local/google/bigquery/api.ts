import { json } from '../../http.ts';
import type { Api } from '../api.ts';
import { GoogleError } from '../errors.ts';

/** https://cloud.google.com/bigquery/docs/error-messages */
export const bigqueryApi: Api = {
  denied: (permission, { name }) =>
    new GoogleError(403, 'PERMISSION_DENIED', deniedMessage(permission, name)),
  answerOf: ({ code: asked, message, status }) => {
    // As Storage answers an organization policy. Whether BigQuery does, too, is not known.
    const code = status === 'FAILED_PRECONDITION' ? 412 : asked;
    const reason = reasons[status] ?? 'backendError';
    const shown = status === 'INVALID_QUERY' ? 'INVALID_ARGUMENT' : status;
    return json(code, {
      error: { code, message, errors: [{ message, domain: 'global', reason }], status: shown },
    });
  },
};

export const queryDenied = (name: string): GoogleError => {
  const table = shortName(name);
  return new GoogleError(
    403,
    'PERMISSION_DENIED',
    `Access Denied: Table ${table}: User does not have permission to query table ${table}, or perhaps it does not exist.`,
  );
};

export const invalidQuery = (message: string): GoogleError => new GoogleError(400, 'INVALID_QUERY', message);

export const preconditionFailed = (): GoogleError =>
  new GoogleError(412, 'FAILED_PRECONDITION', 'Precondition Failed');

const deniedMessage = (permission: string, name: string): string => {
  const short = shortName(name);
  if (!name.includes('/datasets/'))
    return `Access Denied: Project ${short}: User does not have ${permission} permission in project ${short}.`;
  const kind = name.includes('/tables/') ? 'Table' : 'Dataset';
  return `Access Denied: ${kind} ${short}: Permission ${permission} denied on ${kind.toLowerCase()} ${short} (or it may not exist).`;
};

/** `projects/P/datasets/D/tables/T` as BigQuery's messages name it: `P:D.T` */
export const shortName = (name: string): string => {
  const [, project = '', , dataset, , table] = name.split('/');
  return [
    project,
    ...(dataset === undefined ? [] : [`:${dataset}`]),
    ...(table === undefined ? [] : [`.${table}`]),
  ].join('');
};

const reasons: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'invalid',
  INVALID_QUERY: 'invalidQuery',
  UNAUTHENTICATED: 'authError',
  PERMISSION_DENIED: 'accessDenied',
  NOT_FOUND: 'notFound',
  FAILED_PRECONDITION: 'conditionNotMet',
  ALREADY_EXISTS: 'duplicate',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  INTERNAL: 'internalError',
};
