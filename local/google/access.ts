import { randomBytes } from 'node:crypto';
import { keepSecret } from '../kept-secrets.ts';
import { conditionHolds } from './conditions.ts';
import { denied } from './errors.ts';
import type { PolicyCell } from './policies.ts';

/** A resource with an allow policy. It inherits what its parents allow. */
export interface Resource {
  /** `projects/P` or `projects/P/serviceAccounts/E` */
  readonly name: string;
  readonly policy: PolicyCell;
  readonly parent?: Resource;
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
  readonly holds: (caller: Caller, permission: string, resource: Resource) => boolean;
  readonly check: (caller: Caller, permission: string, resource: Resource) => void;
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
  const isAllowed = ({ members }: Caller, permission: string, { policy }: Resource): boolean =>
    policy
      .bindings()
      .some(
        (binding) =>
          permissionsOf(binding.role).includes(permission) &&
          members.some((member) => binding.members.includes(member)) &&
          (binding.condition === undefined || conditionHolds(binding.condition, now())),
      );
  const holds = (caller: Caller, permission: string, resource: Resource): boolean =>
    caller.isAdmin === true ||
    isGranted(caller, permission, resource) ||
    isAllowed(caller, permission, resource) ||
    (resource.parent !== undefined && holds(caller, permission, resource.parent));

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
    holds,
    check: (caller, permission, resource) => {
      if (!holds(caller, permission, resource)) throw denied(permission);
    },
  };
};

export const callerOf = (member: string): Caller => ({
  principal: member,
  members: [member, 'allUsers', 'allAuthenticatedUsers'],
});
