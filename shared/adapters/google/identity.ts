import type { AuthClient } from 'google-auth-library';
import type { Config } from '../../config/config.ts';
import { PermanentError } from '../../core/errors.ts';
import { homeOf, providerOf } from '../../core/settings.ts';
import { googleFailure } from './failure.ts';
import { federatedClient, ownConfig } from './federated-client.ts';

/** An identity that Google accepts. */
export interface GoogleIdentity {
  /** Makes one authorized call. */
  readonly request: AuthClient['request'];
  /** Signs in if necessary. Separate from the calls, so that an error shows which of the two failed. */
  readonly signIn: () => Promise<void>;
}

/**
 * rolebridge's own Google identity, without a key: the function's AWS credentials, through the same federation that
 * rolebridge sets up for others, acting as `google.serviceAccount`.
 * @throws PermanentError if no provider is configured for the account.
 */
export const ownIdentity = ({ settings, region, ...environment }: Config): GoogleIdentity => {
  const provider = providerOf(settings, { partition: 'aws', accountId: homeOf(settings), roleName: '' });
  if (provider === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  const { serviceAccount } = settings.google;
  const client = federatedClient(ownConfig(settings, environment, provider, serviceAccount), region);
  return {
    request: (options) => client.request(options),
    signIn: () =>
      signedIn(
        client,
        'rolebridge could not sign in to Google',
        "Check that google.pool and the account's provider in rolebridge.yml exist, and that google.serviceAccount lets the role of this function impersonate it.",
      ),
  };
};

export const signedIn = async (
  client: Pick<AuthClient, 'getAccessToken'>,
  description: string,
  advice: string,
): Promise<void> => {
  try {
    await client.getAccessToken();
  } catch (thrown) {
    throw googleFailure(description, thrown, advice);
  }
};
