import type { PoolState, ProviderState } from '../core/google-side.ts';
import { markerOf } from '../core/ownership.ts';
import { homeOf, poolPath, type Settings } from '../core/settings.ts';
import { dedicatedCorrection, sharedCorrection } from '../setup/provider-correction.ts';
import { readProviders } from '../setup/read-providers.ts';
import { type AccountFinding, summarizeAccounts } from './account-findings.ts';
import type { Check } from './check.ts';
import { rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok } from './finding.ts';
import { type GoogleContext, googleCheck } from './google-check.ts';
import { providerName } from './pool-checks.ts';

/** The provider of each other AWS account, which its workloads need to reach Google. A listing answers for a hundred of them. */
export const memberProviderCheck = (context: Context): Check =>
  googleCheck(context)(
    'member-providers',
    'Providers of the other AWS accounts',
    'iam.workloadIdentityPoolProviders.list, iam.workloadIdentityPoolProviders.get',
    async (google) =>
      summarizeAccounts(
        context.stage,
        await readFindings(context, google),
        'each provider admits the roles of its account.',
      ),
    { needs: ['pool'] },
  );

const readFindings = async (
  { stage, memberIds }: Context,
  { settings, google }: GoogleContext,
): Promise<readonly AccountFinding[]> => {
  const path = poolPath(settings);
  const ids = new Set(await memberIds());
  const accounts = settings.accounts
    .filter(({ id }) => ids.has(id))
    .map(({ id, provider }) => ({ id, name: providerName(settings, provider) }));
  const providers = await readProviders(
    google,
    path,
    accounts.map(({ name }) => name),
  );
  const isShared = isSharedPool(settings, stage, await google.pool(path));
  return accounts.map(({ id, name }) => ({
    accountId: id,
    finding: checkMemberProvider(stage, id, providers.get(name) ?? { kind: 'absent' }, { isShared }),
  }));
};

/** In a pool that others use, setup keeps the conditions and the attributes that work. */
const isSharedPool = (settings: Settings, stage: string, pool: PoolState): boolean => {
  const description = pool.kind === 'there' ? pool.description : '';
  const marker = markerOf(description, { accountId: homeOf(settings), stage });
  return marker.kind !== 'ours' || marker.isAdopted;
};

/** Accounts with the same problem are reported together, so no message contains the provider's name. */
export const checkMemberProvider = (
  stage: string,
  accountId: string,
  provider: ProviderState,
  { isShared }: { readonly isShared: boolean },
): Finding => {
  if (provider.kind === 'absent')
    return failed(
      'The pool has no provider for the account, so its workloads get no token.',
      `Create it: ${rolebridge(stage, 'setup --only-providers')}`,
    );
  const { awsAccountId, isDeleted, isDisabled } = provider;
  if (awsAccountId !== accountId)
    return failed(
      awsAccountId === undefined
        ? "The account's provider is not an AWS provider."
        : `The account's provider trusts AWS account ${awsAccountId}.`,
      `Name another provider in accounts[].provider of rolebridge.yml, then: ${rolebridge(stage, 'setup --only-providers')}`,
    );
  if (isDeleted)
    return failed(
      "The account's provider is deleted. It can be restored for 30 days.",
      `Restore it, and correct it first if necessary: ${rolebridge(stage, 'setup')}`,
    );
  if (isDisabled)
    return failed(
      "The account's provider is disabled, so its workloads get no token.",
      `Enable it: ${rolebridge(stage, 'setup')}`,
    );
  const correction = isShared
    ? sharedCorrection(provider, accountId)
    : dedicatedCorrection(provider, accountId);
  return correction === undefined
    ? ok("The account's provider admits its roles.")
    : failed(
        `The account's provider differs from what setup writes: ${correction.faults.join('; ')}.`,
        isShared
          ? `Correct it: ${rolebridge(stage, 'setup --adopt')}\nIt first lists whose access that would end.`
          : `Correct it: ${rolebridge(stage, 'setup --only-providers')}`,
      );
};
