import { type Desired } from './guardrail.ts';
import { type Condition, endOf, sameCondition, untilCondition } from './iam-policy.ts';
import type { BindingId } from './ledger.ts';
import type { Grant, Refusal } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import type { ResourceName } from './service-account.ts';
import { accessOf, siteOf } from './target.ts';

/**
 * A grant whose Google role may not be granted now is like any other if its member has that access already, without a condition or until
 * an end that has not come: it stays, and its end may change. If nothing is known of the Google role now, or people set the end by hand,
 * the end may only come earlier. If the policy was read and shows no such access, the grant is refused. `found`: the role's bindings, by
 * bindingKey.
 */
export const withoutBlocked = (
  member: string,
  now: Date,
  { grants, refusals }: Desired,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  found: ReadonlyMap<string, BindingId>,
): Desired => {
  const decided = grants.map((grant): Grant | Refusal => {
    const { blocked, ...free } = grant;
    if (blocked === undefined) return grant;
    const site = siteOf(grant.target);
    const isHeld = [...found.values()].some(
      (one) =>
        one.member === member &&
        accessOf(one) === accessOf(site) &&
        isAsWide(one.condition, grant, blocked.isPassing === true, now),
    );
    if (isHeld) return free;
    const isRefused = blocked.isPassing !== true && policies.get(site.resource)?.kind === 'read';
    return isRefused ? refusalOf(grant, blocked.reason) : grant;
  });
  return {
    grants: decided.filter((one): one is Grant => !('code' in one)),
    refusals: [...refusals, ...decided.filter((one): one is Refusal => 'code' in one)],
  };
};

const refusalOf = ({ name, tag, target }: Grant, reason: string): Refusal => ({
  name,
  tagKey: tag.key,
  value: tag.value,
  target,
  code: 'google-role',
  reason,
});

/** Google ignores a member in another casing, and any other condition may permit less. */
const isAsWide = (
  condition: Condition | undefined,
  { expiresAt }: Grant,
  isPassing: boolean,
  now: Date,
): boolean => {
  if (condition === undefined) return true;
  const end = endOf(condition);
  if (end === undefined || Date.parse(end) <= now.getTime()) return false;
  const mayMove = !isPassing && sameCondition(condition, untilCondition(end));
  return mayMove || (expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(end));
};
