import type { HttpAnswer, HttpRequest } from '../http.ts';
import type { ApiAttributes, Caller, Resource } from './access.ts';
import type { Api } from './api.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface MethodRequest {
  /** Named groups of the method's path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Empty unless the body is JSON or a form. */
  readonly body: Fields;
  /** As sent: uploads, `If-Match`. */
  readonly raw: Pick<HttpRequest, 'headers' | 'bytes' | 'url'>;
  readonly caller: Caller;
}

/** A call before its permission is checked: the resource to check, and what to do then. */
export interface Prepared {
  readonly on: Resource;
  /** Attributes of the call that conditions can read. @default none */
  readonly attributes?: ApiAttributes;
  /** Returns the answer's JSON, or a RawAnswer. */
  readonly perform: () => unknown;
}

/** A method of an API with the permission that it needs, so that tests can check who needs what. */
export interface PermittedMethod extends Named {
  /** A function if it depends on the query: BigQuery's views of a dataset. */
  readonly permission: string | ((query: URLSearchParams) => string);
  readonly prepare: (request: MethodRequest) => Prepared;
}

interface Named {
  /** `iam.serviceAccounts.setIamPolicy` */
  readonly name: string;
  readonly http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Matches the whole decoded path. The group `resource` names the call's resource. */
  readonly path: RegExp;
  /** How this API words its errors. @default as IAM does */
  readonly api?: Api;
}

/** A method that every caller with a token may call: operations, testIamPermissions. */
export interface OpenMethod extends Named {
  readonly answer: (request: MethodRequest) => unknown;
}

/** A method that needs no token: the token exchange. */
export interface PublicMethod extends Named {
  readonly answerAnyone: (request: Omit<MethodRequest, 'caller'>) => unknown;
}

/** An answer that is not JSON: an object's content, a redirect to an upload. */
export class RawAnswer {
  readonly answer: HttpAnswer;
  constructor(answer: HttpAnswer) {
    this.answer = answer;
  }
}

export type Method = PermittedMethod | OpenMethod | PublicMethod;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Google reports when something ends in whole seconds: Python's google-auth cannot read fractions. */
export const timestampOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
