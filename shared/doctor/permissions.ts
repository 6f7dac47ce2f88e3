import { toFailure } from '../core/errors.ts';
import type { AllowPolicy, Condition } from '../core/iam-policy.ts';
import { type Finding, failed, ok, unknown, warning } from './finding.ts';
import type { GoogleView } from './ports.ts';

/** The permissions that a member has through some allow policies. */
export interface HeldPermissions {
  readonly held: readonly HeldRole[];
  /** Why a policy or a role could not be read; it may grant more. */
  readonly unread: readonly string[];
}

/** A Google role that is bound to a member, with its permissions. */
export interface HeldRole {
  readonly role: string;
  readonly condition?: Condition;
  readonly permissions: readonly string[];
}

/** Collects the roles that policies grant a member, and reads each role's permissions from Google. */
export const readHeldPermissions = async (
  google: GoogleView,
  member: string,
  readPolicies: readonly (() => Promise<AllowPolicy | undefined>)[],
): Promise<HeldPermissions> => {
  const held: HeldRole[] = [];
  const unread: string[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (thrown) {
      unread.push(toFailure(thrown).message);
    }
  };
  for (const readPolicy of readPolicies)
    await attempt(async () => {
      for (const { role, ...granted } of grantedRoles((await readPolicy()) ?? {}, member))
        await attempt(async () => {
          const state = await google.role(role);
          const isUsable = state.kind === 'there' && !state.isDeleted && state.isDisabled !== true;
          held.push({ role, ...granted, permissions: isUsable ? state.permissions : [] });
        });
    });
  return { held, unread };
};

/** The Google roles that a policy binds to a member. */
export const grantedRoles = (
  policy: AllowPolicy,
  member: string,
): readonly Pick<HeldRole, 'role' | 'condition'>[] =>
  (policy.bindings ?? [])
    .filter(({ members }) => members.includes(member))
    .map(({ role, condition }) => ({ role, ...(condition === undefined ? {} : { condition }) }));

export interface RequiredPermissions extends HeldPermissions {
  readonly member: string;
  /** `edit reader@…` */
  readonly operation: string;
  readonly needed: readonly string[];
  readonly fix: string;
}

/** A member must have all permissions without a condition, because a condition may end. */
export const checkPermissions = ({
  member,
  operation,
  needed,
  held,
  unread,
  fix,
}: RequiredPermissions): Finding => {
  const missing = missingPermissions(
    needed,
    held.filter(({ condition }) => condition === undefined),
  );
  if (missing.length === 0) return ok(`${member} may ${operation}.`);
  if (missingPermissions(needed, held).length === 0)
    return warning(`${member} may ${operation} only under a condition, which may end.`, fix);
  if (unread.length > 0)
    return unknown(`Not checked whether ${member} may ${operation}: ${unread.join('; ')}`);
  return failed(
    `${member} may not ${operation}: it lacks ${missing.join(', ')}. (Roles through folders, organizations and groups are not checked.)`,
    fix,
  );
};

const missingPermissions = (needed: readonly string[], held: readonly HeldRole[]): readonly string[] =>
  needed.filter((permission) => !held.some(({ permissions }) => permissions.includes(permission)));
