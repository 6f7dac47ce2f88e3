import type { Caller, Resource } from './access.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface MethodRequest {
  /** Named groups of the method's path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly caller: Caller;
}

/** A call before its permission is checked: the resource to check, and what to do then. */
export interface Prepared {
  readonly on: Resource;
  readonly perform: () => unknown;
}

/** A method of an API with the permission that it needs, so that tests can check who needs what. */
export interface PermittedMethod extends Named {
  readonly permission: string;
  readonly prepare: (request: MethodRequest) => Prepared;
}

interface Named {
  /** `iam.serviceAccounts.setIamPolicy` */
  readonly name: string;
  readonly http: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Matches the whole decoded path. The group `resource` names the call's resource. */
  readonly path: RegExp;
}

/** A method that every caller with a token may call: operations, testIamPermissions. */
export interface OpenMethod extends Named {
  readonly answer: (request: MethodRequest) => unknown;
}

/** A method that needs no token: the token exchange. */
export interface PublicMethod extends Named {
  readonly answerAnyone: (request: Omit<MethodRequest, 'caller'>) => unknown;
}

export type Method = PermittedMethod | OpenMethod | PublicMethod;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Google reports when something ends in whole seconds: Python's google-auth cannot read fractions. */
export const timestampOf = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
