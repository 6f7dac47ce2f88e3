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

interface Named {
  /** `iam.serviceAccounts.setIamPolicy` */
  readonly name: string;
  readonly http: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Of the whole decoded path; the group `resource` is what the call is about. */
  readonly path: RegExp;
}

/** One method of one API: the permission that it takes stands beside it, so that tests can tell who needs what. */
export interface PermittedMethod extends Named {
  readonly permission: string;
  readonly prepare: (request: MethodRequest) => Prepared;
}

/** A method that anybody may call: token exchange, operations, testIamPermissions. */
export interface OpenMethod extends Named {
  /** Without a token, too. */
  readonly isPublic?: boolean;
  readonly answer: (request: Omit<MethodRequest, 'caller'> & { readonly caller?: Caller }) => unknown;
}

export type Method = PermittedMethod | OpenMethod;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One page of a list, as Google cuts it: a page size of its own where none is asked for, and never more than the most. */
export const page = <T>(
  items: readonly T[],
  query: URLSearchParams,
  { usual, most }: { readonly usual: number; readonly most: number },
): { readonly items: readonly T[]; readonly nextPageToken?: string } => {
  const size = Math.min(Number(query.get('pageSize')) || usual, most);
  const from = Number(Buffer.from(query.get('pageToken') ?? '', 'base64url').toString() || 0);
  const next = from + size;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { nextPageToken: Buffer.from(String(next)).toString('base64url') } : {}),
  };
};
