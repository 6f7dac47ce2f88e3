import type { iamcredentials_v1 } from 'googleapis/build/src/apis/iamcredentials/v1.js';
import type { Environment } from '../../config/config.ts';
import { withoutSecrets } from '../../core/without-secrets.ts';
import type { DoctorPorts } from '../../doctor/ports.ts';
import { messageOf, statusOf } from './failure.ts';
import { federatedClient, ownConfig, scopes } from './federated-client.ts';

type TokenRequest = iamcredentials_v1.Schema$GenerateAccessTokenRequest;

/**
 * Exchanges tokens as a workload's library does, in its two steps, so that the result names the step that fails. Discards
 * the tokens unread.
 */
export const tokenExchange =
  ({ region, ...environment }: Environment, signal: AbortSignal): DoctorPorts['exchange'] =>
  async (settings, provider, email) => {
    const { service_account_impersonation_url: impersonationUrl = '', ...config } = ownConfig(
      settings,
      environment,
      provider,
      email,
    );
    const client = federatedClient(config, region);
    try {
      await client.getAccessToken();
    } catch (thrown) {
      return { kind: 'refused', step: 'token exchange', reason: reasonOf(thrown) };
    }
    try {
      await client.request({
        url: impersonationUrl,
        method: 'POST',
        data: { scope: scopes, lifetime: '600s' } satisfies TokenRequest,
        signal,
        timeout: 10_000,
      });
      return { kind: 'given' };
    } catch (thrown) {
      return { kind: 'refused', step: 'impersonation', reason: reasonOf(thrown) };
    }
  };

const reasonOf = (thrown: unknown): string =>
  withoutSecrets(`${statusOf(thrown) ?? ''} ${messageOf(thrown)}`.trim());
