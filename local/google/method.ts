import type { Caller, Resource } from './access.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface MethodRequest {
  /** Named groups of the method's path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly caller: Caller;
}

/** Found, but not yet permitted: what the caller needs its permission on, and what is then done. */
export interface Prepared {
  readonly on: Resource;
  readonly perform: () => unknown;
}

/** One method of one API: the permission that it takes stands beside it, so that tests can tell who needs what. */
export interface PermittedMethod extends Named {
  readonly permission: string;
  readonly prepare: (request: MethodRequest) => Prepared;
}

interface Named {
  /** `iam.serviceAccounts.setIamPolicy` */
  readonly name: string;
  readonly http: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Of the whole decoded path; the group `resource` is what the call is about. */
  readonly path: RegExp;
}

/** A method that every caller with a token may call: operations, testIamPermissions. */
export interface OpenMethod extends Named {
  readonly answer: (request: MethodRequest) => unknown;
}

/** A method that needs no token: the token exchange. */
export interface PublicMethod extends Named {
  readonly answerAnybody: (request: Omit<MethodRequest, 'caller'>) => unknown;
}

export type Method = PermittedMethod | OpenMethod | PublicMethod;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** In whole seconds, as Google tells when something ends: Python's google-auth reads no fractions. */
export const timestampOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
