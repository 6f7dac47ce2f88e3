import { reasonOfDenial } from './denied-permissions.ts';
import { allowedPermissions, isBasicRole, projectRoleNames } from './google-permissions.ts';
import type { ResourceKind } from './google-resource.ts';
import { shortList } from './short-list.ts';

/** A Google role as Google describes it now. `absent` only if Google answered so for a custom role. */
export type GoogleRoleState =
  | { readonly kind: 'read'; readonly permissions: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * What a Google role may be granted for. `denied`: never, and what exists is removed. `unknown`: it has permissions that no
 * list knows, so it is not granted again, and what exists stays. `unread`: nothing is concluded.
 */
export type RoleVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' | 'unknown' | 'unread'; readonly reason: string };

/** Judges a Google role on one kind of resource by its permissions. `alsoPermit`: what the rule permits beyond the kind's list. */
export const judgeGoogleRole = (
  googleRole: string,
  kind: ResourceKind,
  state: GoogleRoleState | undefined,
  alsoPermit: readonly string[] = [],
): RoleVerdict => {
  if (isBasicRole(googleRole)) return { kind: 'denied', reason: basicRole(googleRole) };
  if (state === undefined || state.kind === 'unreadable')
    return {
      kind: 'unread',
      reason: `The permissions of ${googleRole} could not be read${state === undefined ? '.' : `: ${state.reason}`}`,
    };
  // One answer proves nothing (invariant 4), and a binding of a deleted role gives no access.
  if (state.kind === 'absent') return { kind: 'unknown', reason: `Google knows no role ${googleRole}.` };
  if (state.permissions.length === 0) return { kind: 'unknown', reason: noPermission(googleRole) };
  const [denied] = state.permissions.flatMap((permission) => {
    const reason = reasonOfDenial(permission);
    return reason === undefined ? [] : [{ permission, reason }];
  });
  if (denied !== undefined)
    return {
      kind: 'denied',
      reason: `${googleRole} has ${denied.permission}, which is never granted: ${denied.reason}.`,
    };
  const allowed = allowedPermissions(kind, googleRole);
  if (allowed === undefined)
    return {
      kind: 'denied',
      reason: `On a whole project, only these Google roles are granted: ${projectRoleNames().join(', ')}. Ask for ${googleRole} on a single resource.`,
    };
  const unknown = state.permissions.filter((one) => !allowed.has(one) && !alsoPermit.includes(one));
  return unknown.length === 0
    ? { kind: 'allowed' }
    : {
        kind: 'unknown',
        reason:
          `${googleRole} has ${shortList(unknown, 3)}, which ${unknown.length === 1 ? 'is' : 'are'} not on rolebridge's list for a ${kind}. ` +
          'If that is meant, the owners of rolebridge.yml can add it to the rule under "alsoPermit".',
      };
};

const basicRole = (googleRole: string): string =>
  `${googleRole} is a basic role: it permits something on everything in a project. Ask for a predefined role that permits only what is needed.`;

/** An answer may have lost them on its way: none is never "harmless". */
const noPermission = (googleRole: string): string =>
  `Google lists no permission of ${googleRole}, so it would permit nothing. Ask for another role, or correct this one.`;
