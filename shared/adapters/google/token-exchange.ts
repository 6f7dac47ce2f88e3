import type { Environment } from '../../config.ts';
import { withoutSecrets } from '../../core/without-secrets.ts';
import type { DoctorPorts } from '../../doctor/ports.ts';
import { messageOf, statusOf } from './failure.ts';
import { federatedClient, ownConfig, scopes } from './federated-client.ts';

const wordsOf = (thrown: unknown): string =>
  withoutSecrets(`${statusOf(thrown) ?? ''} ${messageOf(thrown)}`.trim());

/**
 * A real exchange, as a workload's library does it, in its two steps so that the one that fails is known. The tokens
 * are thrown away unseen.
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
      return { kind: 'refused', step: 'token exchange', reason: wordsOf(thrown) };
    }
    try {
      await client.request({
        url: impersonationUrl,
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
