import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsClient } from 'google-auth-library';
import type { Environment } from '../../config.ts';
import { type CredentialConfig, credentialConfig } from '../../core/credential-config.ts';
import type { DoctorPorts } from '../../doctor-ports.ts';
import { messageOf, statusOf } from './failure.ts';
import { scopes } from './identity.ts';

/** Google's library with the AWS credentials that this process has, wherever it has them from. */
const awsClient = (config: CredentialConfig, region: string): AwsClient => {
  const credentials = defaultProvider();
  return new AwsClient({
    type: config.type,
    audience: config.audience,
    subject_token_type: config.subject_token_type,
    token_url: config.token_url,
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

const wordsOf = (thrown: unknown): string => `${statusOf(thrown) ?? ''} ${messageOf(thrown)}`.trim();

/**
 * A real exchange, as a workload's library does it, in its two steps so that the one that fails is known. The tokens
 * are thrown away unseen.
 */
export const tokenExchange =
  ({ googleEndpoint, region }: Environment, signal: AbortSignal): DoctorPorts['exchange'] =>
  async (settings, provider, email) => {
    const endpoints =
      googleEndpoint === undefined
        ? settings.google.endpoints
        : { sts: googleEndpoint, iamcredentials: googleEndpoint };
    const config = credentialConfig(
      { ...settings, google: { ...settings.google, endpoints } },
      provider,
      email,
    );
    const client = awsClient(config, region);
    try {
      await client.getAccessToken();
    } catch (thrown) {
      return { kind: 'refused', step: 'token exchange', reason: wordsOf(thrown) };
    }
    try {
      await client.request({
        url: config.service_account_impersonation_url ?? '',
        method: 'POST',
        data: { scope: scopes, lifetime: '600s' },
        signal,
        timeout: 10_000,
      });
      return { kind: 'given' };
    } catch (thrown) {
      return { kind: 'refused', step: 'impersonation', reason: wordsOf(thrown) };
    }
  };
