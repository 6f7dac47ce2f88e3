import { createHash } from 'node:crypto';
import type { RoleRef } from './model.ts';
import { roleKey } from './role-key.ts';
import type { ResourceName } from './service-account.ts';

/** One access that a sweep would end: the unit of `sweep.maxRevocations` (docs/adr/0022). */
export interface Revocation {
  readonly role: RoleRef;
  readonly resource: ResourceName;
}

export interface LimitOptions {
  /** `sweep.maxRevocations` */
  readonly limit: number;
  /** AWS accounts whose roles could not all be listed. */
  readonly incomplete: ReadonlySet<string>;
  /** The access that people approved within the last hour, by `accessKey`. */
  readonly approved: ReadonlySet<string>;
}

/** The revocations that a sweep may make in one AWS account, and those that wait for a person. */
export interface AccountLimit {
  readonly accountId: string;
  readonly limit: number;
  /** May be made now. */
  readonly released: readonly Revocation[];
  /** Those of them that are on a list which a person approved within the last hour. */
  readonly approved: readonly Revocation[];
  readonly held: readonly Revocation[];
  /** Not all roles of the account were listed, so its revocations could not be counted. */
  readonly isIncomplete: boolean;
}

/**
 * Applies the limit to each AWS account by itself, in order of their ids. What a person approved is released. The rest is
 * released if it is within the limit, and otherwise held, all of it.
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

/** Names an access, in any casing of the role's name. */
export const accessKey = ({ role, resource }: Revocation): string => `${roleKey(role)} ${resource}`;

/** Names a set of revocations: one role or one target more or less gives another hash. */
export const revocationsHash = (revocations: readonly Revocation[]): string =>
  createHash('sha256')
    .update(JSON.stringify(revocations.map(accessKey).toSorted()))
    .digest('hex')
    .slice(0, 16);
