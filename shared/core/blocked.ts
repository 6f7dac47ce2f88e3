import { wantedBindings } from './bindings.ts';
import type { Desired } from './guardrail.ts';
import type { BindingId } from './ledger.ts';
import type { Refusal, RoleRef } from './model.ts';
import type { ObservedPolicy } from './observed.ts';
import type { ResourceName } from './service-account.ts';
import type { Settings } from './settings.ts';
import { siteOf } from './target.ts';

/**
 * A grant whose Google role has permissions that no list knows stays where its binding exists, and is refused where the policy
 * was read and lacks it. `found`: by bindingKey.
 */
export const withoutBlocked = (
  settings: Settings,
  ref: RoleRef,
  { grants, refusals }: Desired,
  policies: ReadonlyMap<ResourceName, ObservedPolicy>,
  found: ReadonlyMap<string, BindingId>,
): Desired => {
  const refused = grants.flatMap((grant): readonly Refusal[] => {
    const { blocked, name, tag, target } = grant;
    if (blocked === undefined || blocked.isPassing === true) return [];
    const isRead = policies.get(siteOf(target).resource)?.kind === 'read';
    const keys = [...wantedBindings(settings, ref, { grants: [grant] }).keys()];
    return isRead && !keys.some((key) => found.has(key))
      ? [{ name, tagKey: tag.key, value: tag.value, target, code: 'google-role', reason: blocked.reason }]
      : [];
  });
  if (refused.length === 0) return { grants, refusals };
  const names = new Set(refused.map(({ name }) => name));
  return { grants: grants.filter(({ name }) => !names.has(name)), refusals: [...refusals, ...refused] };
};
