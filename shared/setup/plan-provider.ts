import type { ProviderState } from '../core/google-side.ts';
import { wantedCondition, wantedMapping } from '../core/provider-mapping.ts';
import type { ObservedSetup } from './observe.ts';
import { claimOf, enable, type PoolClaim, quotedOrNone, undelete } from './plan-pool.ts';
import {
  type Correction,
  dedicatedCorrection,
  rejectedFunctions,
  sharedCorrection,
} from './provider-correction.ts';
import { lastOf, mergeParts, type PlanPart, planPart } from './step.ts';
import type { WantedSetup } from './wanted.ts';

export const planProviders = (wanted: WantedSetup, observed: ObservedSetup): PlanPart =>
  mergeParts(wanted.providers.map((one) => planProvider(wanted, observed, one)));

const planProvider = (wanted: WantedSetup, observed: ObservedSetup, one: WantedProvider): PlanPart => {
  const { name, accountId } = one;
  const provider = observed.providers.get(name);
  if (provider === undefined || provider.kind === 'absent') {
    const attributeCondition = wantedCondition(accountId);
    return planPart({
      steps: [
        { kind: 'createProvider', name, accountId, attributeMapping: wantedMapping, attributeCondition },
      ],
    });
  }
  const claim = claimOf(wanted, observed);
  const correction = correctionOf(claim, one, provider);
  const refusal = meansOthers(one, provider) ?? refusalOf(wanted, claim, one, provider, correction);
  if (refusal !== undefined) return planPart({ refusals: [refusal] });
  return mergeParts([
    ...(correction === undefined
      ? []
      : [
          planPart({
            steps: [{ kind: 'correctProvider', name, accountId, ...correction }],
            warnings: isAsleep(provider, observed) ? [correctedFirst(name)] : [],
          }),
        ]),
    undelete('Provider', name, provider),
    enable('Provider', name, provider),
  ]);
};

type PresentProvider = Extract<ProviderState, { readonly kind: 'there' }>;
type WantedProvider = WantedSetup['providers'][number];

/** What a provider that is there needs; undefined where it serves. */
const correctionOf = (
  { isShared }: PoolClaim,
  { accountId }: Pick<WantedProvider, 'accountId'>,
  provider: PresentProvider,
): Correction | undefined =>
  isShared ? sharedCorrection(provider, accountId) : dedicatedCorrection(provider, accountId);

/** The provider means somebody else: nothing that we could mend. */
const meansOthers = (
  { name, accountId }: WantedProvider,
  { awsAccountId }: PresentProvider,
): string | undefined => {
  const advice = 'Name another one in accounts[].provider of rolebridge.yml.';
  if (awsAccountId === undefined) return `Provider ${lastOf(name)} is not one for AWS. ${advice}`;
  return awsAccountId === accountId
    ? undefined
    : `Provider ${lastOf(name)} is for AWS account ${awsAccountId}, and rolebridge.yml says ${accountId}. ${advice}`;
};

/** Why a provider in a pool that others use is left alone. */
const refusalOf = (
  wanted: WantedSetup,
  claim: PoolClaim,
  one: WantedProvider,
  provider: PresentProvider,
  correction: Correction | undefined,
): string | undefined => {
  // A pool that is refused altogether needs no second reason.
  if (!claim.isShared || claim.kind === 'refuse') return undefined;
  const rejected = rejectedFunctions(correction ?? provider, one.accountId, wanted.functionRoles);
  if (rejected.length > 0) return keptOut(one, provider, rejected);
  return correction === undefined || wanted.options.adopts
    ? undefined
    : `Provider ${lastOf(one.name)} does not serve rolebridge's members, and others may use it: ${correction.faults.join('; ')}. ` +
        'With --adopt, setup shows whose access a correction would end, and makes it.';
};

const keptOut = (
  { name, accountId }: WantedProvider,
  { attributeCondition }: PresentProvider,
  rejected: readonly string[],
): string =>
  `The attribute condition of provider ${lastOf(name)} (${quotedOrNone(attributeCondition)}) does not admit rolebridge's own AWS roles (${rejected.join(', ')}). ` +
  'Setup widens no condition in a pool that it did not make: more might be let in than is meant. ' +
  `Widen it yourself, for instance with: || ${wantedCondition(accountId)}. Or name another pool in google.pool of rolebridge.yml.`;

const isAsleep = (provider: PresentProvider, { pool }: ObservedSetup): boolean =>
  provider.isDeleted || (pool.kind === 'there' && pool.isDeleted);

const correctedFirst = (name: string): string =>
  `Provider ${lastOf(name)} is wrong and deleted, or its pool is: it is corrected first, so that it admits no one under what was wrong. If Google refuses to change what is deleted, nothing comes back: then name another one in accounts[].provider or google.pool of rolebridge.yml.`;
