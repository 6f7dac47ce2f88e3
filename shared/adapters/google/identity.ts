import type { AuthClient } from 'google-auth-library';
import type { Config } from '../../config.ts';
import { PermanentError } from '../../core/errors.ts';
import { googleFailure } from './failure.ts';
import { federatedClient, ownConfig } from './federated-client.ts';

/** Somebody whom Google knows. */
export interface GoogleIdentity {
  /** One call, authorised. */
  readonly request: AuthClient['request'];
  /** Signs in, if need be: apart from the calls that need it, so that its errors are told apart from theirs. */
  readonly signIn: () => Promise<void>;
}

export const signedIn = async (client: Pick<AuthClient, 'getAccessToken'>, what: string, advice: string) => {
  try {
    await client.getAccessToken();
  } catch (thrown) {
    throw googleFailure(what, thrown, advice);
  }
};

/**
 * rolebridge's own Google identity, keyless: the function's AWS credentials, through the same federation that it
 * sets up for others, acting as `google.serviceAccount`.
 * @throws PermanentError where no provider is configured for the account.
 */
export const ownIdentity = ({ settings, region, ...environment }: Config): GoogleIdentity => {
  const provider = settings.accounts[0]?.provider;
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
