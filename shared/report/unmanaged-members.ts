import type { Snapshot } from '../app/snapshot.ts';
import { type AllowPolicy, type Condition, type OurBinding, ourBindings } from '../core/iam-policy.ts';
import { type BindingId, bindingKey } from '../core/ledger.ts';
import type { ResourceName } from '../core/service-account.ts';
import { ourPools, type Settings } from '../core/settings.ts';
import { resourceText } from '../core/target.ts';

/** A member of one of our pools that rolebridge did not make and does not change. */
export interface UnmanagedMember {
  readonly member: string;
  readonly googleRole: string;
  readonly resource: string;
  readonly condition?: Condition;
}

/**
 * Everything in a policy that was read, that lets in workloads of our pools, and that is not a binding of ours: another attribute than the
 * role, a single subject, or a Google role that no rule names there and the ledger does not list. On rolebridge's own account: everyone
 * but the functions.
 */
export const unmanagedMembers = (
  settings: Settings,
  { policies, own, table }: Pick<Snapshot, 'policies' | 'own' | 'table'>,
): readonly UnmanagedMember[] => {
  const listed = new Set(
    [...(table?.ledgers.values() ?? [])].flatMap(({ entries }) => entries.map((entry) => bindingKey(entry))),
  );
  return [
    ...[...policies].flatMap(([resource, observed]) =>
      observed.kind === 'read'
        ? unmanagedIn(settings, resource, observed.policy)
            .filter((binding) => !listed.has(bindingKey(binding)))
            .map(unmanagedMember)
        : [],
    ),
    ...(own?.policy === undefined
      ? []
      : unmanagedIn(settings, own.resource, own.policy, own.bindings).map(unmanagedMember)),
  ];
};

/** `others`: bindings that look like ours, and are not. */
const unmanagedIn = (
  settings: Settings,
  resource: ResourceName,
  policy: AllowPolicy,
  others: readonly OurBinding[] = [],
): readonly BindingId[] => {
  const isInPool = memberTest(settings);
  const ours = new Set(ourBindings(settings, resource, policy).map(siteKey));
  for (const one of others) ours.delete(siteKey(one));
  return (policy.bindings ?? []).flatMap(({ role: googleRole, members, condition }) =>
    members
      .filter((member) => isInPool(member) && !ours.has(siteKey({ googleRole, member })))
      .map((member) => ({
        googleRole,
        resource,
        member,
        ...(condition === undefined ? {} : { condition }),
      })),
  );
};

const memberTest = (settings: Settings): ((member: string) => boolean) => {
  const prefixes = ourPools(settings).flatMap((pool) =>
    ['principal', 'principalSet'].map((kind) => `${kind}://iam.googleapis.com/${pool}/`),
  );
  return (member) => prefixes.some((prefix) => member.startsWith(prefix));
};

const siteKey = ({ googleRole, member }: Pick<UnmanagedMember, 'googleRole' | 'member'>): string =>
  JSON.stringify([googleRole, member]);

const unmanagedMember = (binding: BindingId): UnmanagedMember => ({
  ...binding,
  resource: resourceText(binding.resource),
});
