import { PermanentError } from '../shared/core/errors.ts';
import type { Settings } from '../shared/core/settings.ts';
import { trustedPoolsOf } from '../shared/core/trusted-pools.ts';
import { isPlainOrigin } from '../shared/credentials/config-shapes.ts';

/** The variables of boot/fetch and `rolebridge credentials config` that differ between deployments. */
export const instanceVariables = (settings: Settings): Readonly<Record<string, string>> => {
  const { pools, providers } = trustedPoolsOf(settings);
  return {
    GOOGLE_ACCESS_PREFIX: settings.parameterPrefix,
    GOOGLE_ACCESS_POOLS: pools.join(' '),
    GOOGLE_ACCESS_PROVIDERS: providers.join(' '),
    GOOGLE_ACCESS_TRUSTED_ENDPOINTS: trustedOrigins(settings).join(' '),
  };
};

/** Only these two of google.endpoints appear in published configs. */
const trustedOrigins = ({ google: { endpoints } }: Settings): readonly string[] => {
  const origins = [endpoints.sts, endpoints.iamcredentials].flatMap((origin) => origin ?? []);
  const odd = origins.find((origin) => !isPlainOrigin(origin));
  if (odd !== undefined)
    throw new PermanentError(
      `google.endpoints: boot/fetch cannot trust ${odd}, which is not an origin such as https://sts.example.com.`,
    );
  return [...new Set(origins)];
};
