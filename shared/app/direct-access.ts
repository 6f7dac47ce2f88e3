import { type ResourceKind, resourceKindOf } from '../core/google-resource.ts';
import { ourBindings } from '../core/iam-policy.ts';
import { roleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * How many Google roles the roles have on resources themselves, by kind of resource, as the policies show them. One access
 * counts once, in any spelling and under any condition. A kind is missing if one of its policies could not be read.
 */
export const directAccessIn = (
  settings: Settings,
  { policies, unseen }: Pick<Snapshot, 'policies' | 'unseen'>,
): ReadonlyMap<ResourceKind, number> => {
  const unread = [...policies].flatMap(([resource, { kind }]) => (kind === 'unreadable' ? [resource] : []));
  const incomplete = new Set([...unseen, ...unread].map(resourceKindOf));
  const counts = new Map<ResourceKind, number>();
  for (const [resource, observed] of policies) {
    const kind = resourceKindOf(resource);
    if (kind === undefined || incomplete.has(kind)) continue;
    const found = observed.kind === 'read' ? countIn(settings, resource, observed.policy) : 0;
    counts.set(kind, (counts.get(kind) ?? 0) + found);
  }
  return counts;
};

const countIn = (
  settings: Settings,
  resource: ResourceName,
  policy: Parameters<typeof ourBindings>[2],
): number =>
  new Set(
    ourBindings(settings, resource, policy).map(({ ref, googleRole }) => `${roleKey(ref)} ${googleRole}`),
  ).size;
