import type { PresentProvider } from '../core/google-side.ts';
import { wantedCondition, wantedMapping } from '../core/provider-mapping.ts';
import { homeOf } from '../core/settings.ts';
import type { ObservedPool } from './observe.ts';
import { minutesFor, poolWrites } from './pace.ts';
import { claimOf, enable, type PoolClaim, quotedOrNone, undelete } from './plan-pool.ts';
import {
  type Correction,
  dedicatedCorrection,
  rejectedFunctions,
  sharedCorrection,
} from './provider-correction.ts';
import { lastOf, mergeParts, type PlanPart, planPart } from './step.ts';
import type { WantedSetup } from './wanted.ts';

export const planProviders = (wanted: WantedSetup, observed: ObservedPool): PlanPart => {
  const claim = claimOf(wanted, observed);
  const planned = mergeParts(
    wanted.providers.map((provider) => planProvider(wanted, observed, claim, provider)),
  );
  return mergeParts([timeNeeded(planned), planned, formerProviders(wanted, observed, claim)]);
};

/** With hundreds of accounts, setup takes minutes. */
const timeNeeded = ({ steps }: PlanPart): PlanPart => {
  const minutes = minutesFor(steps.length);
  return minutes === 0
    ? planPart({})
    : planPart({
        warnings: [
          `Setup writes ${steps.length} providers, and Google allows ${poolWrites.calls} writes a minute: this takes ${minutes} minutes or more. You can interrupt it, and run it again to continue.`,
        ],
      });
};

/** In a pool of our own, a provider that rolebridge.yml does not name is that of an account which left. */
const formerProviders = (
  { providers, settings: { google } }: WantedSetup,
  observed: ObservedPool,
  claim: PoolClaim,
): PlanPart => {
  if (claim.isShared) return planPart({});
  const named = new Set(providers.map(({ name }) => name));
  return planPart({
    warnings: [...observed.providers].flatMap(([name, provider]) =>
      named.has(name) || provider.isDeleted
        ? []
        : [
            `rolebridge.yml does not name provider ${lastOf(name)}${provider.awsAccountId === undefined ? '' : ` of AWS account ${provider.awsAccountId}`}. Once "rolebridge plan" shows nothing left of that account, delete it: gcloud iam workload-identity-pools providers delete ${lastOf(name)} --project ${google.project} --location global --workload-identity-pool ${google.pool}`,
          ],
    ),
  });
};

const planProvider = (
  wanted: WantedSetup,
  observed: ObservedPool,
  claim: PoolClaim,
  wantedProvider: WantedProvider,
): PlanPart => {
  const { name, accountId } = wantedProvider;
  const provider = observed.providers.get(name);
  if (provider === undefined) {
    const attributeCondition = wantedCondition(accountId);
    return planPart({
      steps: [
        { kind: 'createProvider', name, accountId, attributeMapping: wantedMapping, attributeCondition },
      ],
    });
  }
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
  // The functions run in the home account only.
  const functions = wantedProvider.accountId === homeOf(wanted.settings) ? wanted.functionRoles : [];
  const rejected = rejectedFunctions(correction ?? provider, wantedProvider.accountId, functions);
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

const isGone = (provider: PresentProvider, { pool }: ObservedPool): boolean =>
  provider.isDeleted || (pool.kind === 'there' && pool.isDeleted);

const correctedFirst = (name: string): string =>
  `Provider ${lastOf(name)} is misconfigured and deleted (or its pool is). Setup corrects it first, so that it admits no one under the wrong configuration. If Google refuses to change it, setup undeletes nothing: then name another one in accounts[].provider or google.pool of rolebridge.yml.`;
