import { type HttpAnswer, json } from '../http.ts';
import type { Caller, Resource } from './access.ts';
import { denied, type GoogleError } from './errors.ts';

/** Google's APIs word the same error differently. */
export interface Api {
  readonly denied: (permission: string, on: Resource, caller: Caller) => GoogleError;
  readonly answerOf: (error: GoogleError) => HttpAnswer;
}

/** The form of IAM and of most APIs: https://cloud.google.com/apis/design/errors#http_mapping */
export const commonApi: Api = {
  denied,
  answerOf: ({ code, message, status, details }) =>
    json(code, { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } }),
};

const oauthForms: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'invalid_request',
  UNAVAILABLE: 'temporarily_unavailable',
};

/** The token exchange answers in OAuth's form. */
export const oauthApi: Api = {
  ...commonApi,
  answerOf: ({ code, message, status }) =>
    json(code, { error: oauthForms[status] ?? 'server_error', error_description: message }),
};
