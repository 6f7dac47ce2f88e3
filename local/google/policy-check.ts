import { checkCondition } from './conditions.ts';
import { GoogleError, invalid } from './errors.ts';
import { checkMember } from './members.ts';
import type { LocalBinding, LocalPolicy, PolicyRules } from './policies.ts';

/** Principals of one policy, every appearance counted (https://cloud.google.com/iam/quotas). */
const maxPrincipals = 1500;
/** Bindings of one role and one principal that differ in their conditions alone (same page). */
const maxConditionalTwins = 20;

const checkRole = (role: string): void => {
  if (!/^((projects|organizations)\/[^/]+\/)?roles\/[A-Za-z0-9_.]+$/.test(role))
    throw invalid(`Role ${role} is not supported for this resource.`);
};

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

const count = (bindings: readonly LocalBinding[]): number =>
  bindings.reduce((sum, { members }) => sum + members.length, 0);

/** @throws GoogleError; one bad member is enough for Google to refuse the whole policy. */
export const checkPolicy = (policy: LocalPolicy, rules: PolicyRules): void => {
  const bindings = policy.bindings ?? [];
  if (![undefined, 0, 1, 3].includes(policy.version))
    throw invalid(`Invalid policy version ${policy.version}. Valid values are 0, 1 and 3.`);
  for (const { role, members, condition } of bindings) {
    checkRole(role);
    if (!Array.isArray(members) || members.length === 0)
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
  const principals = count(bindings);
  if (principals > maxPrincipals)
    throw invalid(
      `The number of members in the policy (${principals.toLocaleString('en-US')}) is larger than the maximum allowed size ${maxPrincipals.toLocaleString('en-US')}.`,
    );
  const bytes = Buffer.byteLength(JSON.stringify(bindings));
  if (bytes > rules.maxPolicyBytes)
    throw invalid(
      `The size of the policy (${bytes} bytes) is larger than the maximum allowed size (${rules.maxPolicyBytes} bytes).`,
    );
};

/** Google keeps one binding for each role and condition, and names no member twice in it. */
export const merged = (bindings: readonly LocalBinding[]): readonly LocalBinding[] => {
  const byKey = new Map<string, LocalBinding>();
  for (const binding of bindings) {
    const { title, description, expression } = binding.condition ?? {};
    const key = JSON.stringify([binding.role, title, description, expression]);
    const earlier = byKey.get(key);
    byKey.set(
      key,
      earlier === undefined
        ? { ...binding, members: [...new Set(binding.members)] }
        : { ...earlier, members: [...new Set([...earlier.members, ...binding.members])] },
    );
  }
  return [...byKey.values()];
};
