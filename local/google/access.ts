import { randomBytes } from 'node:crypto';
import { keepSecret } from '../kept-secrets.ts';
import { type ApiAttributes, conditionHolds, type ResourceAttributes } from './conditions.ts';
import { basicRoleOf } from './members.ts';
import type { LocalBinding } from './policies.ts';

export type { ApiAttributes } from './conditions.ts';

/** A resource with an allow policy. It inherits what its parents allow. */
export interface Resource {
  /** As in the path of its API: `projects/P`, `projects/P/serviceAccounts/E`, `b/B` */
  readonly name: string;
  readonly policy: { readonly bindings: () => readonly LocalBinding[] };
  readonly parent?: Resource;
  /** Its attributes in conditions. @default nothing, as for service accounts and Pub/Sub */
  readonly attributes?: ResourceAttributes;
}

export interface Caller {
  /** `serviceAccount:E`, `user:E`, `principal://…/subject/…` */
  readonly principal: string;
  /** Every spelling in an allow policy that means this caller. */
  readonly members: readonly string[];
  readonly isAdmin?: boolean;
}

export interface Grant {
  readonly resource: string;
  readonly member: string;
  readonly permissions: readonly string[];
}

export interface Access {
  readonly issue: (caller: Caller, lifetimeSeconds: number, isAlive?: () => boolean) => string;
  /** All issued tokens. */
  readonly tokens: () => readonly string[];
  /** Returns undefined if the token is unknown or has expired, or if its pool is gone. */
  readonly identify: (token: string) => Caller | undefined;
  readonly grant: (grant: Grant) => () => void;
  /** By the policies as they are now, so removing a binding ends the access of tokens issued earlier. */
  readonly holds: (
    caller: Caller,
    permission: string,
    resource: Resource,
    attributes?: ApiAttributes,
  ) => boolean;
}

interface Issued {
  readonly caller: Caller;
  readonly expiresAt: number;
  readonly isAlive: () => boolean;
}

/** Identifies callers and decides what they may do, by allow policies and by grants outside of the policies. */
export const createAccess = (now: () => Date, permissionsOf: (role: string) => readonly string[]): Access => {
  const tokens = new Map<string, Issued>();
  const grants = new Map<string, Set<Grant>>();

  const isGranted = ({ members }: Caller, permission: string, { name }: Resource): boolean =>
    [...(grants.get(name) ?? [])].some(
      ({ member, permissions }) => members.includes(member) && permissions.includes(permission),
    );
  const isNamed = (caller: Caller, members: readonly string[], resource: Resource): boolean =>
    members.some((member) => {
      if (caller.members.includes(member)) return true;
      const basic = basicRoleOf(member);
      return basic !== undefined && hasBasicRole(caller, basic, resource);
    });
  /** `projectEditor:P` names everyone who has roles/editor in the policy of P. */
  const hasBasicRole = (
    caller: Caller,
    { role, project }: { readonly role: string; readonly project: string },
    { name, policy, parent }: Resource,
  ): boolean =>
    name === project
      ? policy
          .bindings()
          .some(
            (binding) =>
              binding.role === role && caller.members.some((member) => binding.members.includes(member)),
          )
      : parent !== undefined && hasBasicRole(caller, { role, project }, parent);
  const isAllowed = (
    caller: Caller,
    permission: string,
    { on, of }: { readonly on: Resource; readonly of: Resource },
    attributes: ApiAttributes,
  ): boolean =>
    of.policy
      .bindings()
      .some(
        (binding) =>
          permissionsOf(binding.role).includes(permission) &&
          isNamed(caller, binding.members, of) &&
          (binding.condition === undefined ||
            conditionHolds(binding.condition, { now: now(), resource: on.attributes, attributes })),
      );
  /** A condition in a parent's policy reads the attributes of the resource that is called. */
  const holdsOn = (
    caller: Caller,
    permission: string,
    { on, of }: { readonly on: Resource; readonly of: Resource },
    attributes: ApiAttributes,
  ): boolean =>
    isGranted(caller, permission, of) ||
    isAllowed(caller, permission, { on, of }, attributes) ||
    (of.parent !== undefined && holdsOn(caller, permission, { on, of: of.parent }, attributes));

  return {
    issue: (caller, lifetimeSeconds, isAlive = () => true) => {
      const kind = caller.principal.startsWith('principal:') ? 'federated' : 'access';
      const token = keepSecret(`ya29.local-google-${kind}-token-${randomBytes(18).toString('base64url')}`);
      tokens.set(token, { caller, expiresAt: now().getTime() + lifetimeSeconds * 1000, isAlive });
      return token;
    },
    tokens: () => [...tokens.keys()],
    identify: (token) => {
      const issued = tokens.get(token);
      return issued !== undefined && issued.expiresAt > now().getTime() && issued.isAlive()
        ? issued.caller
        : undefined;
    },
    grant: (grant) => {
      const onResource = grants.get(grant.resource) ?? new Set();
      grants.set(grant.resource, onResource.add(grant));
      return () => void onResource.delete(grant);
    },
    holds: (caller, permission, resource, attributes = {}) =>
      caller.isAdmin === true || holdsOn(caller, permission, { on: resource, of: resource }, attributes),
  };
};

export const callerOf = (member: string): Caller => ({
  principal: member,
  members: [member, 'allUsers', 'allAuthenticatedUsers'],
});
