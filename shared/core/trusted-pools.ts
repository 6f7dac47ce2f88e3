import { PermanentError } from './errors.ts';
import { poolPath, type Settings } from './settings.ts';

/** The pools that instances and containers trust, as GOOGLE_ACCESS_POOLS and GOOGLE_ACCESS_PROVIDERS spell them. */
export interface TrustedPools {
  /** `PROJECT_NUMBER/POOL_ID` */
  readonly pools: readonly string[];
  /** `AWS_ACCOUNT=PROVIDER_ID`, for accounts whose provider is not `aws-AWS_ACCOUNT`. */
  readonly providers: readonly string[];
}

/** The pools and providers that a deployment's own configs name. */
export const trustedPoolsOf = ({ google, accounts }: Settings): TrustedPools => ({
  pools: [`${google.projectNumber}/${google.pool}`],
  providers: accounts.flatMap(({ id, provider }) =>
    provider === usualProvider(id) ? [] : [`${id}=${provider}`],
  ),
});

/**
 * Every provider that a config for a role of this AWS account may name, as audiences spell it.
 * @throws PermanentError naming the variable with an entry of the wrong form.
 */
export const trustedProviders = (
  { pools, providers }: TrustedPools,
  accountId: string,
): readonly string[] => {
  const badPool = pools.find((entry) => !/^\d+\/[a-z0-9-]{4,32}$/.test(entry));
  if (badPool !== undefined)
    throw new PermanentError(
      `GOOGLE_ACCESS_POOLS: "${badPool}" is not PROJECT_NUMBER/POOL_ID (separate several by spaces).`,
    );
  const badProvider = providers.find((entry) => !/^\d{12}=[a-z0-9-]{4,32}$/.test(entry));
  if (badProvider !== undefined)
    throw new PermanentError(`GOOGLE_ACCESS_PROVIDERS: "${badProvider}" is not AWS_ACCOUNT=PROVIDER_ID.`);
  const named = providers
    .filter((entry) => entry.startsWith(`${accountId}=`))
    .map((entry) => entry.slice(accountId.length + 1));
  return pools.flatMap((entry) => {
    const at = entry.indexOf('/');
    const path = poolPath({ google: { projectNumber: entry.slice(0, at), pool: entry.slice(at + 1) } });
    return (named.length === 0 ? [usualProvider(accountId)] : named).map(
      (provider) => `${path}/providers/${provider}`,
    );
  });
};

const usualProvider = (accountId: string): string => `aws-${accountId}`;
