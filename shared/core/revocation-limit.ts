import { createHash } from 'node:crypto';
import type { RoleRef } from './model.ts';
import { roleKey } from './role-key.ts';
import type { AccessName } from './target.ts';

/** One access that a sweep would end: the unit of `sweep.maxRevocations` (docs/adr/0022). */
export interface Revocation {
  readonly role: RoleRef;
  readonly access: AccessName;
}

export interface LimitOptions {
  /** `sweep.maxRevocations` */
  readonly limit: number;
  /** AWS accounts whose roles could not all be listed. */
  readonly incomplete: ReadonlySet<string>;
  /** The access that people approved within the last hour, by `accessKey`. */
  readonly approved: ReadonlySet<string>;
}

/** The revocations of one AWS account: those that the sweep may make, and those that wait for a person. */
export interface AccountLimit {
  readonly accountId: string;
  readonly limit: number;
  /** May be made now. */
  readonly released: readonly Revocation[];
  /** The part of these that a person approved within the last hour. */
  readonly approved: readonly Revocation[];
  readonly held: readonly Revocation[];
  /** Not all roles of the account were listed, so its revocations could not be counted. */
  readonly isIncomplete: boolean;
}

/**
 * Applies the limit to each AWS account separately, in order of their ids. Revocations that a person approved are released. The
 * rest are released if they are within the limit; otherwise all of them are held.
 */
export const limitRevocations = (
  revocations: readonly Revocation[],
  { limit, incomplete, approved }: LimitOptions,
): readonly AccountLimit[] => {
  const distinct = new Map(revocations.map((one) => [accessKey(one), one]));
  const byAccount = Map.groupBy(distinct, ([, { role }]) => role.accountId);
  const accountIds = [...new Set([...byAccount.keys(), ...incomplete])].toSorted();
  return accountIds.map((accountId) => {
    const due = byAccount.get(accountId) ?? [];
    const isApproved = ([key]: (typeof due)[number]): boolean => approved.has(key);
    const rest = due.filter((one) => !isApproved(one));
    const isIncomplete = incomplete.has(accountId);
    const isHeld = isIncomplete || rest.length > limit;
    const only = (some: typeof due): readonly Revocation[] => some.map(([, one]) => one);
    return {
      accountId,
      limit,
      released: only(isHeld ? due.filter(isApproved) : due),
      approved: only(due.filter(isApproved)),
      held: only(isHeld ? rest : []),
      isIncomplete,
    };
  });
};

/** Identifies an access, in any casing of the role's name. */
export const accessKey = ({ role, access }: Revocation): string => `${roleKey(role)} ${access}`;

/** Identifies a set of revocations: adding or removing a role or a target changes the hash. */
export const revocationsHash = (revocations: readonly Revocation[]): string =>
  createHash('sha256')
    .update(JSON.stringify(revocations.map(accessKey).toSorted()))
    .digest('hex')
    .slice(0, 16);
