import type { Desired } from './guardrail.ts';
import type { BindingId } from './ledger.ts';
import type { Grant, Refusal } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import type { ResourceName } from './service-account.ts';
import { accessOf, siteOf } from './target.ts';

/**
 * A grant whose Google role may not be granted anew is as any other where the role has that access already: it stays, and its end may
 * change. Where the policy was read and shows no such access, the grant is refused. `found`: the role's bindings, by bindingKey.
 */
export const withoutBlocked = (
  { grants, refusals }: Desired,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  found: ReadonlyMap<string, BindingId>,
): Desired => {
  const held = new Set([...found.values()].map(accessOf));
  const decided = grants.map((grant): Grant | Refusal => {
    const { blocked, ...free } = grant;
    if (blocked === undefined) return grant;
    const site = siteOf(grant.target);
    if (held.has(accessOf(site))) return free;
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
