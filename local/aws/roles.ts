import { SortedMap } from './sorted-map.ts';
import type { LocalTag } from './tags.ts';

export interface LocalRole {
  readonly roleName: string;
  readonly roleId: string;
  readonly path: string;
  readonly createDate: Date;
  readonly assumeRolePolicyDocument: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  /** The ARN of a managed policy. */
  readonly permissionsBoundary?: string;
  readonly tags: readonly LocalTag[];
  /** ARNs of managed policies. */
  readonly attachedPolicies: readonly string[];
  /** Documents of inline policies, by name. */
  readonly inlinePolicies: Readonly<Record<string, string>>;
}

/** IAM's reads lag behind its writes: `beforeLastWrite` returns each role as it was before its last write. */
export type View = 'now' | 'beforeLastWrite';

/** Names are unique regardless of case. */
export interface RoleStore {
  readonly find: (roleName: string, view?: View) => LocalRole | undefined;
  /** Sorted by name, as IAM lists them. */
  readonly all: (view?: View) => readonly LocalRole[];
  readonly put: (role: LocalRole) => void;
  readonly remove: (roleName: string) => void;
}

export const createRoleStore = (): RoleStore => {
  /** A deleted role stays as undefined, for stale reads. */
  const roles = new SortedMap<Readonly<Record<View, LocalRole | undefined>>>();
  const write = (key: string, now: LocalRole | undefined): void =>
    void roles.set(key, { now, beforeLastWrite: roles.get(key)?.now });
  return {
    find: (roleName, view = 'now') => roles.get(keyOf(roleName))?.[view],
    all: (view = 'now') =>
      roles
        .sorted()
        .map((role) => role[view])
        .filter((role) => role !== undefined),
    put: (role) => write(keyOf(role.roleName), role),
    remove: (roleName) => write(keyOf(roleName), undefined),
  };
};

export const keyOf = (roleName: string): string => roleName.toLowerCase();
