import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { type AuthClient, AwsClient } from 'google-auth-library';
import type { Config } from '../../config.ts';
import { credentialConfig } from '../../core/credential-config.ts';
import { PermanentError } from '../../core/errors.ts';
import { googleFailure } from './failure.ts';

export const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

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
export const ownIdentity = ({ settings, region, googleEndpoint }: Config): GoogleIdentity => {
  const provider = settings.accounts[0]?.provider;
  if (provider === undefined) throw new PermanentError('rolebridge.yml configures no account.');
  const endpoints =
    googleEndpoint === undefined
      ? settings.google.endpoints
      : { sts: googleEndpoint, iamcredentials: googleEndpoint };
  const config = credentialConfig(
    { ...settings, google: { ...settings.google, endpoints } },
    provider,
    settings.google.serviceAccount,
  );
  const credentials = defaultProvider();
  const client = new AwsClient({
    type: config.type,
    audience: config.audience,
    subject_token_type: config.subject_token_type,
    token_url: config.token_url,
    ...(config.service_account_impersonation_url === undefined
      ? {}
      : { service_account_impersonation_url: config.service_account_impersonation_url }),
    scopes,
    aws_security_credentials_supplier: {
      getAwsRegion: () => Promise.resolve(region),
      getAwsSecurityCredentials: async () => {
        const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
        return {
          accessKeyId,
          secretAccessKey,
          ...(sessionToken === undefined ? {} : { token: sessionToken }),
        };
      },
    },
  });
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
