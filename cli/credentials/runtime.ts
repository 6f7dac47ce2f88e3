import { STSClient } from '@aws-sdk/client-sts';
import { ownRole, roleCredentials } from '../../shared/adapters/aws/role-credentials.ts';
import { clockUntil } from '../../shared/adapters/clock.ts';
import { loadCredentialsEnvironment } from '../../shared/config/config.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import type { RoleArn } from '../../shared/core/role-arn.ts';
import type { TrustedPools } from '../../shared/core/trusted-pools.ts';
import type { RoleSession } from '../../shared/credentials/session-cache.ts';
import type { Clock } from '../../shared/ports.ts';

/** The composition root of `rolebridge credentials`. It loads little of rolebridge, because it runs beside every container. */

export interface CredentialsOptions {
  /** @default the role that the credentials belong to */
  readonly roleName?: string;
  readonly signal: AbortSignal;
}

export interface CredentialsRuntime {
  /** Loads the credentials from the AWS SDK's default chain. */
  readonly load: (held?: RoleSession) => Promise<RoleSession>;
  /** The role that those credentials belong to, and its AWS account. */
  readonly role: () => Promise<RoleArn>;
  readonly clock: Clock;
  /** @throws PermanentError if no region is configured */
  readonly region: () => Promise<string>;
  readonly metadataEndpoint: string | undefined;
  readonly trustedEndpoints: readonly string[];
  readonly trustedPools: TrustedPools | undefined;
  readonly parameterPrefix: string | undefined;
  readonly publishedConfig: (name: string) => Promise<string>;
  /** Undefined if there is no such parameter. */
  readonly publishedValue: (name: string) => Promise<string | undefined>;
}

export const createCredentialsRuntime = ({ roleName, signal }: CredentialsOptions): CredentialsRuntime => {
  const environment = loadCredentialsEnvironment();
  const { webIdentityRoleArn, metadataEndpoint, trustedEndpoints, trustedPools, parameterPrefix } =
    environment;
  let known: Promise<string> | undefined;
  const region = (): Promise<string> =>
    (known ??= environment.region === undefined ? regionOfSdk() : Promise.resolve(environment.region));
  return {
    region,
    load: async (held) =>
      roleCredentials({
        region: await region(),
        ...(roleName === undefined ? {} : { roleName }),
        ...(webIdentityRoleArn === undefined ? {} : { webIdentityRoleArn }),
      })(held),
    role: async () =>
      ownRole({
        region: await region(),
        ...(webIdentityRoleArn === undefined ? {} : { webIdentityRoleArn }),
      }),
    clock: clockUntil(signal),
    metadataEndpoint,
    trustedEndpoints,
    trustedPools,
    parameterPrefix,
    publishedConfig: async (name) => {
      const { publishedConfig } = await import('../../shared/adapters/aws/published-config.ts');
      return publishedConfig(await region(), name, signal);
    },
    publishedValue: async (name) => {
      const { publishedValue } = await import('../../shared/adapters/aws/published-config.ts');
      return publishedValue(await region(), name, signal);
    },
  };
};

/** The region of the profile, if the environment names none. */
const regionOfSdk = async (): Promise<string> => {
  const sts = new STSClient({});
  try {
    return await sts.config.region();
  } catch (thrown) {
    throw new PermanentError('No AWS region is configured. Set AWS_REGION.', { cause: thrown });
  } finally {
    sts.destroy();
  }
};
