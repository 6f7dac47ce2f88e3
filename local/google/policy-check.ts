import { checkCondition } from './conditions.ts';
import { GoogleError, invalid } from './errors.ts';
import { checkMember } from './members.ts';
import type { LocalBinding, LocalPolicy, PolicyRules } from './policies.ts';

/** @throws GoogleError; a single bad member makes Google refuse the whole policy. */
export const checkPolicy = (policy: LocalPolicy, rules: PolicyRules): void => {
  const bindings = policy.bindings ?? [];
  if (![undefined, 0, 1, 3].includes(policy.version))
    throw invalid(`Invalid policy version ${policy.version}. Valid values are 0, 1 and 3.`);
  for (const { role, members, condition } of bindings) {
    checkRole(role);
    if (members.length === 0)
      throw invalid(`The binding of ${role} has no members; policy bindings must have at least one.`);
    if (condition !== undefined) {
      if (policy.version !== 3)
        throw invalid(
          'The policy contains bindings with conditions: its version must be 3. For more information, please refer to https://cloud.google.com/iam/docs/policies#versions.',
        );
      checkCondition(condition);
    }
    for (const member of members) {
      if (rules.rejectedMembers.has(member))
        throw new GoogleError(
          400,
          'FAILED_PRECONDITION',
          `One or more users named in the policy do not belong to a permitted customer: ${member}.`,
        );
      checkMember(member, rules.poolExists);
    }
  }
  checkTwins(bindings);
  checkSize(bindings, rules.maxPolicyBytes);
};

const checkRole = (role: string): void => {
  if (!/^((projects|organizations)\/[^/]+\/)?roles\/[A-Za-z0-9_.]+$/.test(role))
    throw invalid(`Role ${role} is not supported for this resource.`);
};

/** Bindings of one role and one principal that differ only in their conditions. */
const maxConditionalTwins = 20;

const checkTwins = (bindings: readonly LocalBinding[]): void => {
  const twins = new Map<string, number>();
  for (const { role, members, condition } of bindings) {
    if (condition === undefined) continue;
    for (const member of members) {
      const key = `${role} ${member}`;
      const count = (twins.get(key) ?? 0) + 1;
      twins.set(key, count);
      if (count > maxConditionalTwins)
        throw invalid(
          `At most ${maxConditionalTwins} conditional bindings of role ${role} may name ${member}.`,
        );
    }
  }
};

/** Principals of one policy, counting every appearance: https://cloud.google.com/iam/quotas */
const maxPrincipals = 1500;
/** Domains count every time they appear, groups once. */
const maxDomainsAndGroups = 250;

const checkSize = (bindings: readonly LocalBinding[], maxBytes: number): void => {
  const principals = bindings.flatMap(({ members }) => members);
  if (principals.length > maxPrincipals)
    throw invalid(
      `The number of members in the policy (${principals.length.toLocaleString('en-US')}) is larger than the maximum allowed size ${maxPrincipals.toLocaleString('en-US')}.`,
    );
  const domains = principals.filter((member) => member.startsWith('domain:'));
  const groups = new Set(principals.filter((member) => member.startsWith('group:')));
  if (domains.length + groups.size > maxDomainsAndGroups)
    throw invalid(
      `The number of domains and groups in the policy (${domains.length + groups.size}) is larger than the maximum allowed size ${maxDomainsAndGroups}.`,
    );
  const bytes = Buffer.byteLength(JSON.stringify(bindings));
  if (bytes > maxBytes)
    throw invalid(
      `The size of the policy (${bytes} bytes) is larger than the maximum allowed size (${maxBytes} bytes).`,
    );
};

/** Google keeps one binding per role and condition, without duplicate members. */
export const merged = (bindings: readonly LocalBinding[]): readonly LocalBinding[] => {
  const byKey = Map.groupBy(bindings, ({ role, condition: { title, description, expression } = {} }) =>
    JSON.stringify([role, title, description, expression]),
  );
  return [...byKey.values()].flatMap((same) => {
    const members = [...new Set(same.flatMap((binding) => binding.members))];
    return same.slice(0, 1).map((first) => ({ ...first, members }));
  });
};
