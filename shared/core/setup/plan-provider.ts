import type { ProviderState } from '../google-side.ts';
import { wantedCondition, wantedMapping } from '../provider-mapping.ts';
import type { ObservedSetup } from './observed.ts';
import { type Part, part, together } from './part.ts';
import { enable, quotedOrNone, undelete } from './plan-pool.ts';
import { ownershipOf, type PoolOwnership } from './pool-marker.ts';
import { type Correction, dedicatedCorrection, rejectedFunctions, sharedCorrection } from './provider-fit.ts';
import { lastOf } from './step.ts';
import type { WantedSetup } from './wanted.ts';

type PresentProvider = Extract<ProviderState, { readonly kind: 'there' }>;
type WantedProvider = WantedSetup['providers'][number];

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

export const poolOwnership = ({ pool }: Pick<ObservedSetup, 'pool'>): PoolOwnership =>
  pool.kind === 'there' ? ownershipOf(pool.description) : 'dedicated';

/** What a provider that is there needs; undefined where it serves. */
const correctionOf = (
  observed: Pick<ObservedSetup, 'pool'>,
  { accountId }: Pick<WantedProvider, 'accountId'>,
  provider: PresentProvider,
): Correction | undefined =>
  poolOwnership(observed) === 'dedicated'
    ? dedicatedCorrection(provider, accountId)
    : sharedCorrection(provider, accountId);

const keptOut = (
  { name, accountId }: WantedProvider,
  { attributeCondition }: PresentProvider,
  rejected: readonly string[],
): string =>
  `The attribute condition of provider ${lastOf(name)} (${quotedOrNone(attributeCondition)}) does not admit rolebridge's own AWS roles (${rejected.join(', ')}). ` +
  'Setup widens no condition in a pool that it did not make: more might be let in than is meant. ' +
  `Widen it yourself, for instance with: || ${wantedCondition(accountId)}. Or name another pool in google.pool of rolebridge.yml.`;

/** Why a provider in a pool that others use is left alone. */
const refusalOf = (
  wanted: WantedSetup,
  observed: ObservedSetup,
  one: WantedProvider,
  provider: PresentProvider,
  correction: Correction | undefined,
): string | undefined => {
  const ownership = poolOwnership(observed);
  // A pool that is refused altogether needs no second reason.
  const isMoot = ownership === 'foreign' && !wanted.options.adopts;
  if (ownership === 'dedicated' || isMoot) return undefined;
  const rejected = rejectedFunctions(correction ?? provider, one.accountId, wanted.functionRoles);
  if (rejected.length > 0) return keptOut(one, provider, rejected);
  return correction === undefined || wanted.options.adopts
    ? undefined
    : `Provider ${lastOf(one.name)} does not serve rolebridge's members, and others may use it: ${correction.faults.join('; ')}. ` +
        'With --adopt, setup shows whose access a correction would end, and makes it.';
};

const planProvider = (wanted: WantedSetup, observed: ObservedSetup, one: WantedProvider): Part => {
  const { name, accountId } = one;
  const provider = observed.providers.get(name);
  if (provider === undefined || provider.kind === 'absent') {
    const attributeCondition = wantedCondition(accountId);
    return part({
      steps: [
        { kind: 'createProvider', name, accountId, attributeMapping: wantedMapping, attributeCondition },
      ],
    });
  }
  const correction = correctionOf(observed, one, provider);
  const refusal = meansOthers(one, provider) ?? refusalOf(wanted, observed, one, provider, correction);
  if (refusal !== undefined) return part({ refusals: [refusal] });
  return together([
    undelete('Provider', name, provider),
    // Before it is enabled: it must not admit anybody under what was wrong.
    ...(correction === undefined
      ? []
      : [part({ steps: [{ kind: 'correctProvider', name, accountId, ...correction }] })]),
    enable('Provider', name, provider),
  ]);
};

export const planProviders = (wanted: WantedSetup, observed: ObservedSetup): Part =>
  together(wanted.providers.map((one) => planProvider(wanted, observed, one)));
