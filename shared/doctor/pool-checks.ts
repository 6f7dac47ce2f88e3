import type { PoolState, ProviderState } from '../core/google-side.ts';
import { markCommand, markerOf, ownerText } from '../core/ownership.ts';
import { homeOf, poolPath, type Settings } from '../core/settings.ts';
import type { Check } from './check.ts';
import { poolCommand, providerCommand, rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import { googleCheck } from './google-check.ts';

/** The workload identity pool, its owner, and its provider for the AWS account. */
export const poolChecks = (context: Context): readonly Check[] => {
  const check = googleCheck(context);
  const { stage } = context;
  const permission = 'iam.workloadIdentityPools.get';
  return [
    check(
      'pool',
      'Pool',
      permission,
      async ({ settings, google }) => checkPool(settings, stage, await google.pool(poolPath(settings))),
      { causedBy: ['google-project'] },
    ),
    check(
      'pool-marker',
      "Pool's owner",
      permission,
      async ({ settings, google }) => checkMarker(settings, stage, await google.pool(poolPath(settings))),
      { needs: ['pool'], causedBy: ['aws-account'] },
    ),
    check(
      'provider',
      'Provider',
      'iam.workloadIdentityPoolProviders.get',
      async ({ settings, google, account }) => {
        const provider = await google.provider(providerName(settings, account.provider));
        return checkProvider(settings, stage, account, provider);
      },
      { needs: ['pool'], causedBy: ['aws-account'] },
    ),
  ];
};

export const checkPool = (settings: Settings, stage: string, pool: PoolState): Finding => {
  const { google } = settings;
  const name = `The workload identity pool ${google.pool} of project ${google.project}`;
  if (pool.kind === 'absent')
    return failed(`${name} does not exist.`, `Create it: ${rolebridge(stage, 'setup')}`);
  if (pool.isDeleted)
    return failed(
      `${name} is deleted. It can be restored for 30 days.`,
      `Restore it: ${poolCommand(settings, 'undelete')}`,
    );
  if (pool.isDisabled)
    return failed(
      `${name} is disabled: Google issues no tokens, and rejects those that it issued.`,
      `Enable it: ${poolCommand(settings, 'update', ' --no-disabled')}`,
    );
  return ok(`${google.pool} exists and is enabled.`);
};

/** The marker in the pool's description names its owner (docs/adr/0021). */
export const checkMarker = (settings: Settings, stage: string, pool: PoolState): Finding => {
  const owner = { accountId: homeOf(settings), stage };
  const name = `The pool ${settings.google.pool}`;
  const mark = markCommand(settings.google.pool, settings.google.project);
  const description = pool.kind === 'there' ? pool.description : '';
  const marker = markerOf(description, owner);
  switch (marker.kind) {
    case 'ours':
      return ok(
        `${name} is marked as owned by ${ownerText(owner)}${marker.isAdopted ? ', which adopted it' : ''}.`,
      );
    case 'another':
      return failed(
        `${name} belongs to rolebridge of ${marker.owner} (AWS account and stage): this deployment, ${ownerText(owner)}, binds, publishes and removes nothing in it.`,
        `Name another pool in google.pool of rolebridge.yml, create it (${rolebridge(stage, 'setup')}) and deploy. If that deployment no longer exists, replace its marker with one that has no owner, and run setup: ${mark}`,
      );
    case 'unowned':
    case 'none':
      return warning(
        `${name} is not marked as owned by ${ownerText(owner)} (its description: "${description}"): rolebridge removes only bindings that it has a record of.`,
        marker.kind === 'unowned'
          ? `Mark it: ${rolebridge(stage, 'setup')}`
          : `If rolebridge created the pool, give it a marker, then run ${rolebridge(stage, 'setup')}: ${mark}\nIf the pool belongs to others, name one of your own in google.pool. docs/operations.md, "pool-not-ours"`,
      );
  }
};

export interface ProviderAccount {
  readonly id: string;
  readonly provider: string;
}

/** The provider must exist, be enabled, and trust the AWS account. */
export const checkProvider = (
  settings: Settings,
  stage: string,
  { id, provider }: ProviderAccount,
  state: ProviderState,
): Finding => {
  const name = `The provider ${provider} of the pool ${settings.google.pool}`;
  if (state.kind === 'absent')
    return failed(`${name} does not exist.`, `Create it: ${rolebridge(stage, 'setup')}`);
  if (state.isDeleted)
    return failed(
      `${name} is deleted. It can be restored for 30 days.`,
      `Restore it, and correct it first if necessary: ${rolebridge(stage, 'setup')}`,
    );
  if (state.isDisabled)
    return failed(
      `${name} is disabled: Google issues no tokens.`,
      `Enable it: ${providerCommand(settings, 'update-aws', provider, ' --no-disabled')}`,
    );
  return state.awsAccountId === id
    ? ok(`${provider} exists, is enabled, and trusts AWS account ${id}.`)
    : failed(
        `${name} trusts ${state.awsAccountId === undefined ? 'no AWS account' : `AWS account ${state.awsAccountId}`}, not ${id}.`,
        `Correct it: ${providerCommand(settings, 'update-aws', provider, ` --account-id ${id}`)}`,
      );
};

/** `projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
export const providerName = (settings: Settings, provider: string): string =>
  `${poolPath(settings)}/providers/${provider}`;
