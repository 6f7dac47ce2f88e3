import { createHash } from 'node:crypto';
import { GoogleError } from './errors.ts';

export interface LocalBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: {
    readonly title?: string;
    readonly expression?: string;
    readonly description?: string;
  };
}

export interface LocalPolicy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly LocalBinding[];
  readonly [field: string]: unknown;
}

export interface PolicyRules {
  /** Size at which a policy is rejected as too large. */
  maxPolicyBytes: number;
  /** Members rejected for good, as by an organisation's policy. */
  readonly rejectedMembers: Set<string>;
  readonly poolExists: (poolName: string) => boolean;
}

/** Principals of one policy, every appearance counted (https://cloud.google.com/iam/quotas). */
const maxPrincipals = 1500;

const etagOf = (revision: number): string => Buffer.from(`revision-${revision}`).toString('base64');

const invalid = (message: string): GoogleError => new GoogleError(400, 'INVALID_ARGUMENT', message);

const checkMember = (member: string, rules: PolicyRules): void => {
  if (rules.rejectedMembers.has(member)) {
    throw new GoogleError(
      400,
      'FAILED_PRECONDITION',
      `One or more users named in the policy do not belong to a permitted customer: ${member}.`,
    );
  }
  if (
    /^(user|serviceAccount|group|domain|deleted|allUsers|allAuthenticatedUsers|principal):?/.test(member) &&
    !member.startsWith('principalSet:')
  )
    return;
  const [, pool] =
    /^principalSet:\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+)\/(?:attribute\.\w+\/.+|\*)$/.exec(
      member,
    ) ?? [];
  if (pool === undefined)
    throw invalid(
      `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`,
    );
  if (!rules.poolExists(pool)) throw invalid(`Identity Pool does not exist (${pool}).`);
};

const checkPolicy = (policy: LocalPolicy, rules: PolicyRules): void => {
  const bindings = policy.bindings ?? [];
  if (![undefined, 0, 1, 3].includes(policy.version))
    throw invalid('Valid values of the policy version are 0, 1 and 3.');
  for (const { members, condition } of bindings) {
    if (members.length === 0) throw invalid('A binding needs at least one member.');
    if (condition !== undefined && policy.version !== 3)
      throw invalid('A policy with conditions must be of version 3.');
    if (condition !== undefined && (!condition.title || !condition.expression))
      throw invalid('A condition needs a title and an expression.');
    for (const member of members) checkMember(member, rules);
  }
  if (bindings.reduce((count, { members }) => count + members.length, 0) > maxPrincipals)
    throw invalid('The number of members in the policy is larger than the maximum allowed size 1500.');
  if (Buffer.byteLength(JSON.stringify(bindings)) > rules.maxPolicyBytes)
    throw invalid('The policy is larger than the maximum allowed size.');
};

/** A policy as a client that knows versions below 3 sees it: conditions hidden behind a role name. */
const withoutConditions = (policy: LocalPolicy): LocalPolicy => ({
  ...policy,
  version: 1,
  bindings: (policy.bindings ?? []).map(({ condition, ...binding }) => {
    if (condition === undefined) return binding;
    const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
    return { ...binding, role: `${binding.role}_withcond_${hash}` };
  }),
});

export interface PolicyCell {
  readonly get: (requestedVersion: number) => LocalPolicy;
  readonly set: (policy: LocalPolicy) => LocalPolicy;
  /** As it is stored, without its etag. */
  readonly current: () => LocalPolicy;
  /** Somebody else's edit. */
  readonly replace: (policy: LocalPolicy) => void;
}

/** The allow policy of one service account, with etag, versions and conditions as Google has them. */
export const policyCell = (initial: LocalPolicy, rules: PolicyRules): PolicyCell => {
  let revision = 1;
  let stored = initial;
  const hasConditions = () => (stored.bindings ?? []).some(({ condition }) => condition !== undefined);
  const get = (requestedVersion: number): LocalPolicy => {
    const shown = { ...stored, version: hasConditions() ? 3 : 1, etag: etagOf(revision) };
    return hasConditions() && requestedVersion < 3 ? withoutConditions(shown) : shown;
  };
  return {
    get,
    set: (policy) => {
      if (policy.etag !== undefined && policy.etag !== '' && policy.etag !== etagOf(revision)) {
        throw new GoogleError(
          409,
          'ABORTED',
          'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
        );
      }
      checkPolicy(policy, rules);
      revision += 1;
      // The default update mask is `bindings, etag`: everything else stays as it was.
      stored = { ...stored, bindings: structuredClone(policy.bindings ?? []) };
      return get(3);
    },
    current: () => structuredClone(stored),
    replace: (policy) => {
      revision += 1;
      stored = structuredClone(policy);
    },
  };
};
