import { isBlocked, settleObserved } from './bindings.ts';
import type { Estate } from './compare.ts';
import { type Desired, desiredOf } from './guardrail.ts';
import type { PresentRole } from './model.ts';
import { roleKey } from './role-key.ts';
import type { Settings } from './settings.ts';
import { siteOf } from './target.ts';

/** The access that a role's tags ask for, in the light of what it has already. */
export const settledDesired = (
  settings: Settings,
  { policies, table }: Pick<Estate, 'policies' | 'table'>,
  role: PresentRole,
  now: Date,
): Desired => {
  const asked = desiredOf(role, settings, now);
  if (!isBlocked(asked)) return asked;
  const resources = new Set(asked.grants.map(({ target }) => siteOf(target).resource));
  const own = new Map([...policies].filter(([resource]) => resources.has(resource)));
  const entries = table?.ledgers.get(roleKey(role.ref))?.entries ?? [];
  return settleObserved(settings, { role, policies: own, entries }, asked, now).desired;
};
