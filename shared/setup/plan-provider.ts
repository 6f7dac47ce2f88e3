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
  mergeParts(wanted.providers.map((provider) => planProvider(wanted, observed, provider)));

const planProvider = (
  wanted: WantedSetup,
  observed: ObservedSetup,
  wantedProvider: WantedProvider,
): PlanPart => {
  const { name, accountId } = wantedProvider;
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
  const correction = correctionOf(claim, wantedProvider, provider);
  const refusal =
    mismatchOf(wantedProvider, provider) ?? refusalOf(wanted, claim, wantedProvider, provider, correction);
  if (refusal !== undefined) return planPart({ refusals: [refusal] });
  return mergeParts([
    ...(correction === undefined
      ? []
      : [
          planPart({
            steps: [{ kind: 'correctProvider', name, accountId, ...correction }],
            warnings: isGone(provider, observed) ? [correctedFirst(name)] : [],
          }),
        ]),
    undelete('Provider', name, provider),
    enable('Provider', name, provider),
  ]);
};

type PresentProvider = Extract<ProviderState, { readonly kind: 'there' }>;
type WantedProvider = WantedSetup['providers'][number];

/** The correction that an existing provider needs; undefined if it works. */
const correctionOf = (
  { isShared }: PoolClaim,
  { accountId }: Pick<WantedProvider, 'accountId'>,
  provider: PresentProvider,
): Correction | undefined =>
  isShared ? sharedCorrection(provider, accountId) : dedicatedCorrection(provider, accountId);

/** The provider is for another AWS account or cloud, which setup cannot correct. */
const mismatchOf = (
  { name, accountId }: WantedProvider,
  { awsAccountId }: PresentProvider,
): string | undefined => {
  const advice = 'Name another one in accounts[].provider of rolebridge.yml.';
  if (awsAccountId === undefined) return `Provider ${lastOf(name)} is not an AWS provider. ${advice}`;
  return awsAccountId === accountId
    ? undefined
    : `Provider ${lastOf(name)} is for AWS account ${awsAccountId}, and rolebridge.yml names ${accountId}. ${advice}`;
};

/** The reason why setup does not touch a provider in a pool that others use. */
const refusalOf = (
  wanted: WantedSetup,
  claim: PoolClaim,
  wantedProvider: WantedProvider,
  provider: PresentProvider,
  correction: Correction | undefined,
): string | undefined => {
  // If the whole pool is refused, one reason is enough.
  if (!claim.isShared || claim.kind === 'refuse') return undefined;
  const rejected = rejectedFunctions(correction ?? provider, wantedProvider.accountId, wanted.functionRoles);
  if (rejected.length > 0) return keptOut(wantedProvider, provider, rejected);
  return correction === undefined || wanted.options.adopts
    ? undefined
    : `Provider ${lastOf(wantedProvider.name)} does not work for rolebridge's members, and others may use it: ${correction.faults.join('; ')}. ` +
        'With --adopt, setup shows whose access the correction would end, and makes it.';
};

const keptOut = (
  { name, accountId }: WantedProvider,
  { attributeCondition }: PresentProvider,
  rejected: readonly string[],
): string =>
  `The attribute condition of provider ${lastOf(name)} (${quotedOrNone(attributeCondition)}) does not admit rolebridge's own AWS roles (${rejected.join(', ')}). ` +
  'Setup does not widen a condition in a pool that it did not create, because that could admit more than intended. ' +
  `Widen it yourself, for example with: || ${wantedCondition(accountId)}. Or name another pool in google.pool of rolebridge.yml.`;

const isGone = (provider: PresentProvider, { pool }: ObservedSetup): boolean =>
  provider.isDeleted || (pool.kind === 'there' && pool.isDeleted);

const correctedFirst = (name: string): string =>
  `Provider ${lastOf(name)} is misconfigured and deleted (or its pool is). Setup corrects it first, so that it admits no one under the wrong configuration. If Google refuses to change it, setup undeletes nothing: then name another one in accounts[].provider or google.pool of rolebridge.yml.`;
