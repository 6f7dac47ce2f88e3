import { createHash } from 'node:crypto';
import type { Condition } from './conditions.ts';
import { GoogleError, invalid } from './errors.ts';
import { checkPolicy, merged } from './policy-check.ts';

export interface LocalBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

export interface LocalPolicy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly LocalBinding[];
  readonly [field: string]: unknown;
}

export interface PolicyRules {
  /** Size at which a policy is rejected as too large. Google names no number for service accounts. */
  maxPolicyBytes: number;
  /** Members rejected for good, as by an organisation's policy. */
  readonly rejectedMembers: Set<string>;
  readonly poolExists: (poolName: string) => boolean;
}

/** What Google answers for a policy that was never set. */
const etagOfUnset = 'ACAB';
const defaultMask = 'bindings,etag';

/** Differs from policy to policy and with every write. */
const etagOf = (nonce: number, revision: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(nonce, 0);
  bytes.writeUInt32BE(revision, 4);
  return bytes.toString('base64');
};
let policies = 0x0706_0000;

/** A policy as a client that knows versions below 3 sees it: conditions hidden behind a role name. */
const withoutConditions = (policy: LocalPolicy): LocalPolicy => ({
  ...policy,
  version: 1,
  bindings: (policy.bindings ?? []).map(({ condition, ...binding }) => {
    if (condition === undefined) return { ...binding };
    const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
    return { ...binding, role: `${binding.role}_withcond_${hash}` };
  }),
});

const withoutEmpty = ({ bindings, ...rest }: LocalPolicy): LocalPolicy =>
  bindings === undefined || bindings.length === 0 ? rest : { ...rest, bindings };

export interface PolicyCell {
  readonly get: (requestedVersion: number) => LocalPolicy;
  readonly set: (policy: LocalPolicy, updateMask?: string) => LocalPolicy;
  /** As it is stored, without its etag. */
  readonly current: () => LocalPolicy;
  /** Somebody else's edit: stored as it is, unchecked, under a new etag. */
  readonly replace: (policy: LocalPolicy) => void;
}

/** One allow policy, with etag, versions and conditions as Google has them. */
export const policyCell = (initial: LocalPolicy, rules: PolicyRules): PolicyCell => {
  policies += 1;
  const nonce = policies;
  let revision = Object.keys(initial).length === 0 ? 0 : 1;
  let stored = structuredClone(initial);
  const hasConditions = () => (stored.bindings ?? []).some(({ condition }) => condition !== undefined);
  const etag = () => (revision === 0 ? etagOfUnset : etagOf(nonce, revision));
  const get = (requestedVersion: number): LocalPolicy => {
    if (![0, 1, 3].includes(requestedVersion))
      throw invalid(`Invalid requested policy version ${requestedVersion}. Valid values are 0, 1 and 3.`);
    if (revision === 0) return { etag: etag() };
    const shown = withoutEmpty({ ...stored, version: hasConditions() ? 3 : 1, etag: etag() });
    return hasConditions() && requestedVersion < 3 ? withoutConditions(shown) : shown;
  };
  /** Without an etag a write always wins, and its version is not compared with what it overwrites. */
  const checkAgainstStored = (policy: LocalPolicy): void => {
    if (policy.etag === undefined || policy.etag === '') return;
    if (policy.etag !== etag())
      throw new GoogleError(
        409,
        'ABORTED',
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
      );
    if (hasConditions() && (policy.version ?? 0) < 3)
      throw invalid(
        `Specified policy version (${policy.version ?? 0}) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions.`,
      );
  };
  return {
    get,
    set: (policy, updateMask = defaultMask) => {
      checkAgainstStored(policy);
      checkPolicy(policy, rules);
      const fields = (updateMask || defaultMask).split(',').map((field) => field.trim());
      const next: Record<string, unknown> = structuredClone(stored);
      for (const field of fields) {
        if (field === 'etag' || field === 'version') continue;
        if (policy[field] === undefined) Reflect.deleteProperty(next, field);
        else
          next[field] = structuredClone(field === 'bindings' ? merged(policy.bindings ?? []) : policy[field]);
      }
      revision += 1;
      // Always there, even where it is empty: what `current` tells does not depend on who wrote last.
      stored = { ...next, bindings: (next['bindings'] ?? []) as readonly LocalBinding[] };
      return get(3);
    },
    current: () => structuredClone(stored),
    replace: (policy) => {
      revision += 1;
      stored = structuredClone(policy);
    },
  };
};
