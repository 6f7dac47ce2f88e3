import type { iamcredentials_v1 } from 'googleapis/build/src/apis/iamcredentials/v1.js';
import type { Environment } from '../../config/config.ts';
import { withoutSecrets } from '../../core/without-secrets.ts';
import type { DoctorPorts } from '../../doctor/ports.ts';
import { messageOf, statusOf } from './failure.ts';
import { federatedClient, ownConfig, scopes } from './federated-client.ts';
import { tryResource } from './try-resource.ts';

type TokenRequest = iamcredentials_v1.Schema$GenerateAccessTokenRequest;

/**
 * Exchanges tokens as a workload's library does, in its two steps, so that the result names the step that fails. Discards
 * the tokens unread.
 */
export const tokenExchange =
  ({ region, ...environment }: Environment, signal: AbortSignal): DoctorPorts['exchange'] =>
  async (settings, provider, target) => {
    const { service_account_impersonation_url: impersonationUrl = '', ...config } = ownConfig(
      settings,
      environment,
      provider,
      target.kind === 'serviceAccount' ? target.email : settings.google.serviceAccount,
    );
    const client = federatedClient(config, region);
    try {
      await client.getAccessToken();
    } catch (thrown) {
      return { kind: 'refused', step: 'token exchange', reason: reasonOf(thrown) };
    }
    if (target.kind === 'direct')
      return tryResource(
        {
          ...environment,
          endpoints: settings.google.endpoints,
          signal,
          identity: { request: (options) => client.request(options), signIn: () => Promise.resolve() },
        },
        target,
      );
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
