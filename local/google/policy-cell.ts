import { createHash, randomBytes } from 'node:crypto';
import { aborted, type GoogleError, invalid } from './errors.ts';
import type { LocalBinding, LocalPolicy, PolicyCell, PolicyKind, PolicyRules } from './policies.ts';
import { checkPolicy, merged } from './policy-check.ts';

/** Google's etag for a policy that was never set. */
const etagOfUnset = 'ACAB';
const defaultMask = 'bindings,etag';

/** One allow policy, with Google's etags, versions and conditions. */
export const policyCell = (
  initial: LocalPolicy,
  rules: PolicyRules,
  { stale = concurrentChange, check, tooOld }: PolicyKind = {},
): PolicyCell => {
  let etag = Object.keys(initial).length === 0 ? etagOfUnset : newEtag();
  let stored = structuredClone(initial);
  const bindings = (): readonly LocalBinding[] => stored.bindings ?? [];
  const hasConditions = () => bindings().some(({ condition }) => condition !== undefined);
  const get = (requestedVersion: number): LocalPolicy => {
    if (![0, 1, 3].includes(requestedVersion))
      throw invalid(`Invalid requested policy version ${requestedVersion}. Valid values are 0, 1 and 3.`);
    if (etag === etagOfUnset) return { etag };
    const isConditional = hasConditions();
    const shown = withoutEmpty({ ...stored, version: isConditional ? 3 : 1, etag });
    if (!isConditional || requestedVersion >= 3) return shown;
    if (tooOld !== undefined) throw tooOld(requestedVersion);
    return withoutConditions(shown);
  };
  /** A write without an etag always wins, and its version is not compared with the stored one. */
  const checkAgainstStored = (policy: LocalPolicy): void => {
    if (policy.etag === undefined || policy.etag === '') return;
    if (!isSameEtag(policy.etag, etag)) throw stale();
    if (hasConditions() && (policy.version ?? 0) < 3)
      throw invalid(
        `Specified policy version (${policy.version ?? 0}) cannot be less than the existing policy version (3). For more information, please refer to https://cloud.google.com/iam/docs/policies#versions.`,
      );
  };
  return {
    get,
    bindings,
    set: (policy, updateMask) => {
      checkAgainstStored(policy);
      const written: LocalPolicy = { ...policy, bindings: merged(policy.bindings ?? []) };
      check?.(written);
      checkPolicy(written, rules);
      const next: Record<string, unknown> = { ...stored };
      for (const field of (updateMask || defaultMask).split(',').map((name) => name.trim())) {
        if (field === 'etag' || field === 'version') continue;
        if (written[field] === undefined) Reflect.deleteProperty(next, field);
        else next[field] = written[field];
      }
      etag = newEtag();
      // Always present, even if empty, so that `current` does not depend on who wrote last.
      stored = structuredClone({ bindings: [], ...next });
      return get(3);
    },
    current: () => structuredClone(stored),
    replace: (policy) => {
      const { etag: _, version: __, ...rest } = policy;
      etag = newEtag();
      stored = structuredClone(rest);
    },
  };
};

const concurrentChange = (): GoogleError =>
  aborted(
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  );

/**
 * Opaque, and different after every write. Each contains a `/`: clients that decode etags, as gcloud does, return it as
 * `_` of the URL-safe alphabet, and Google accepts both.
 */
const newEtag = (): string => Buffer.from([0x07, 0xfb, 0xff, ...randomBytes(9)]).toString('base64');

const withoutEmpty = ({ bindings, ...rest }: LocalPolicy): LocalPolicy =>
  bindings === undefined || bindings.length === 0 ? rest : { ...rest, bindings };

/** The policy that a client of a version below 3 gets: conditions are hidden behind role names. */
const withoutConditions = (policy: LocalPolicy): LocalPolicy => ({
  ...policy,
  version: 1,
  bindings: (policy.bindings ?? []).map(({ condition, ...binding }) => {
    if (condition === undefined) return { ...binding };
    const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
    return { ...binding, role: `${binding.role}_withcond_${hash}` };
  }),
});

const isSameEtag = (etag: string, other: string): boolean =>
  Buffer.from(etag, 'base64').equals(Buffer.from(other, 'base64'));
