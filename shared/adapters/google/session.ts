import type { Environment } from '../../config/config.ts';
import type { GoogleEndpoints } from '../../core/settings.ts';
import type { GoogleIdentity } from './identity.ts';

export type GoogleApi =
  | 'iam'
  | 'cloudresourcemanager'
  | 'serviceusage'
  | 'storage'
  | 'bigquery'
  | 'secretmanager'
  | 'pubsub'
  | 'policyanalyzer';

/** The identity, the endpoints and the deadline of calls to Google. */
export interface GoogleSession extends Pick<Environment, 'googleEndpoint'> {
  readonly identity: GoogleIdentity;
  readonly endpoints: GoogleEndpoints;
  readonly signal: AbortSignal;
}

/** `https://iam.googleapis.com`, unless the settings or the environment name another endpoint. */
export const originOf = ({ googleEndpoint, endpoints }: GoogleSession, api: GoogleApi): string =>
  googleEndpoint ?? endpoints[api] ?? `https://${api}.googleapis.com`;

/**
 * Options of every call. Google's clients do not retry: `withRetries` does.
 * @default timeout 10_000 (10 s)
 */
export const callOptions = ({ signal }: GoogleSession) =>
  ({ signal, timeout: 10_000, retry: false }) as const;
