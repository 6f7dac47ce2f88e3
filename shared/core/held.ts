import type { RoleRef } from './model.ts';
import { type AccountLimit, revocationsHash } from './revocation-limit.ts';
import { accessText } from './target.ts';

/** The detail of a `Google Access Revocations Held` event (docs/outcomes.md): a person has to decide. */
export interface HeldDetail {
  readonly version: 1;
  /** The hash: every sweep that would end the same access sends the same id. */
  readonly id: string;
  /** The AWS account whose revocations are held. */
  readonly accountId: string;
  /** The hash to approve the list with. Left out in mode dry-run, and if the list could not be stored completely. */
  readonly hash?: string;
  readonly count: number;
  readonly limit: number;
  readonly reason: string;
  /** The first hundred, by name. `email`: a service account's, or `<Google role> on <resource>`. The field is older than direct access. */
  readonly revocations: readonly { readonly role: RoleRef; readonly email: string }[];
  readonly planned?: true;
  readonly at: string;
}

/** EventBridge takes 256 KB an entry. A role and an e-mail take less than 1 KB. */
const maxRevocationsListed = 100;

export const heldDetail = (
  account: AccountLimit,
  isApprovable: boolean,
  isDryRun: boolean,
  now: Date,
): HeldDetail => {
  const { accountId, held, limit } = account;
  const hash = revocationsHash(held);
  return {
    version: 1,
    id: hash,
    accountId,
    ...(isApprovable ? { hash } : {}),
    count: held.length,
    limit,
    reason: [
      `In AWS account ${accountId} the sweep would end access to ${held.length} ${held.length === 1 ? 'target' : 'targets'} of roles. sweep.maxRevocations is ${limit}, so it ends none of these.`,
      isApprovable
        ? `If that is intended (docs/operations.md, "Held revocations"), run "rolebridge sweep --approve ${hash}". Otherwise fix the tags or the guardrail.`
        : notApprovable(isDryRun),
    ].join(' '),
    revocations: held
      .slice(0, maxRevocationsListed)
      .map(({ role, access }) => ({ role, email: accessText(access) })),
    ...(isDryRun ? { planned: true } : {}),
    at: now.toISOString(),
  };
};

const notApprovable = (isDryRun: boolean): string =>
  isDryRun
    ? 'In mode dry-run nothing is stored, so there is nothing to approve.'
    : 'The list could not be stored completely, so it cannot be approved. The next sweep tries again; its blind spots have the reason.';

/** A summary of one AWS account's revocations, for people and machines. */
export interface AccountSummary {
  readonly accountId: string;
  /** `held`: more than the limit. `incomplete`: not all roles could be listed, so they could not be counted. */
  readonly kind: 'released' | 'held' | 'incomplete';
  /** Revocations that are made now. */
  readonly released: number;
  /** How many of these a person approved. */
  readonly approved: number;
  readonly held: number;
  readonly limit: number;
  /** Names the held list, for `sweep --approve`. None while the list is not stored completely. */
  readonly hash?: string;
}

export const isHeld = ({ held, isIncomplete }: AccountLimit): boolean => held.length > 0 && !isIncomplete;

/** `isApprovable`: the list of what is held is, or will be, in the table. */
export const summaryOf = (account: AccountLimit, isApprovable: boolean): AccountSummary => {
  const { accountId, released, approved, held, limit, isIncomplete } = account;
  const counts = {
    released: released.length,
    approved: approved.length,
    held: held.length,
    limit,
  };
  if (isIncomplete) return { accountId, kind: 'incomplete', ...counts };
  if (held.length === 0) return { accountId, kind: 'released', ...counts };
  return {
    accountId,
    kind: 'held',
    ...counts,
    ...(isApprovable ? { hash: revocationsHash(held) } : {}),
  };
};
