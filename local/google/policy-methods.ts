import type { Access, Caller, Resource } from './access.ts';
import type { Api } from './api.ts';
import type { Method, MethodRequest } from './method.ts';
import type { PolicyCell } from './policies.ts';
import { policyOf, requestedVersion } from './policy-request.ts';
import { heldOf } from './projects.ts';

export type PolicyResource = Resource & { readonly policy: PolicyCell };

export interface PolicyMethods<T extends PolicyResource> {
  /** `secretmanager.secrets`: begins the names of methods and permissions. */
  readonly prefix: string;
  /** Source of the pattern for the resource's path, without `/v1/`. */
  readonly path: string;
  readonly api: Api;
  readonly access: Access;
  /** @throws GoogleError */
  readonly get: (path: MethodRequest['path'], permission: string, caller: Caller) => T;
}

/** get, getIamPolicy, setIamPolicy and testIamPermissions in the form of most APIs: only setIamPolicy is a POST with a body. */
export const policyMethods = <T extends PolicyResource>(
  { prefix, path, api, access, get }: PolicyMethods<T>,
  shown: (resource: T) => unknown,
): readonly Method[] => {
  const method = (
    verb: string,
    http: Method['http'],
    end: string,
    perform: (resource: T, request: MethodRequest) => unknown,
  ): Method => ({
    name: `${prefix}.${verb}`,
    http,
    path: new RegExp(`^/v1/(?<resource>${path})${end}$`),
    permission: `${prefix}.${verb}`,
    api,
    prepare: (request) => {
      const on = get(request.path, `${prefix}.${verb}`, request.caller);
      return { on, perform: () => perform(on, request) };
    },
  });
  return [
    method('get', 'GET', '', shown),
    method('getIamPolicy', 'GET', ':getIamPolicy', ({ policy }, { query, body }) =>
      policy.get(requestedVersion(query, body)),
    ),
    method('setIamPolicy', 'POST', ':setIamPolicy', ({ policy }, { body }) => policy.set(policyOf(body))),
    {
      name: `${prefix}.testIamPermissions`,
      http: 'POST',
      path: new RegExp(`^/v1/(?<resource>${path}):testIamPermissions$`),
      api,
      answer: ({ path: names, caller, body }) =>
        heldOf(access, caller, get(names, `${prefix}.get`, caller), body),
    },
  ];
};
