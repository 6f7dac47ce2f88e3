import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsClient } from 'google-auth-library';
import type { Environment } from '../../config/config.ts';
import { type CredentialConfig, credentialConfig } from '../../core/credential-config.ts';
import type { Settings } from '../../core/settings.ts';

export const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** The credential config of rolebridge itself: like the published ones, except that it uses the endpoints of our own calls. */
export const ownConfig = (
  settings: Settings,
  { googleEndpoint }: Pick<Environment, 'googleEndpoint'>,
  provider: string,
  email: string,
): CredentialConfig => {
  const endpoints =
    googleEndpoint === undefined
      ? settings.google.endpoints
      : { sts: googleEndpoint, iamcredentials: googleEndpoint };
  return credentialConfig({ ...settings, google: { ...settings.google, endpoints } }, provider, email);
};

/** Google's client with the AWS credentials of this process, from any source that the AWS SDK knows. */
export const federatedClient = (
  config: Omit<CredentialConfig, 'credential_source'>,
  region: string,
): AwsClient => {
  const credentials = defaultProvider();
  const { service_account_impersonation_url: impersonationUrl } = config;
  return new AwsClient({
    type: config.type,
    audience: config.audience,
    subject_token_type: config.subject_token_type,
    token_url: config.token_url,
    ...(impersonationUrl === undefined ? {} : { service_account_impersonation_url: impersonationUrl }),
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
};
