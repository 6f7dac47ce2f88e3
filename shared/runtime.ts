import { type AwsClients, awsClients } from './adapters/aws/clients.ts';
import { awsOutcomes } from './adapters/aws/outcomes.ts';
import { awsParameters } from './adapters/aws/parameters.ts';
import { awsSecondLooks, delayRedelivery, type Redelivery } from './adapters/aws/queue.ts';
import { awsRoles } from './adapters/aws/roles.ts';
import { ownIdentity } from './adapters/google/identity.ts';
import { googlePolicies } from './adapters/google/policies.ts';
import { ConfigError, loadConfig } from './config.ts';
import type { Settings } from './core/settings.ts';
import type { Logger, PolicyStore, Ports } from './ports.ts';

/** How often policies were written, and how often somebody else had been faster. */
export interface PolicyCounts {
  writes: number;
  conflicts: number;
}

/** What one invocation works with. */
export interface Invocation {
  readonly ports: Ports;
  readonly policyCounts: Readonly<PolicyCounts>;
}

export interface Runtime {
  readonly settings: Settings;
  readonly accountIds: readonly string[];
  /** Ports whose calls end when `signal` aborts: before the function's time is up, so that messages are handed back. */
  readonly invocation: (signal: AbortSignal) => Invocation;
  readonly delayRedelivery: (redeliveries: readonly Redelivery[]) => Promise<void>;
}

const counted = (store: PolicyStore, counts: PolicyCounts): PolicyStore => ({
  read: store.read,
  write: async (resource, policy) => {
    const write = await store.write(resource, policy);
    if (write.kind === 'written') counts.writes += 1;
    if (write.kind === 'conflict') counts.conflicts += 1;
    return write;
  },
});

const awsPorts = (
  clients: AwsClients,
  queueUrl: string,
  signal: AbortSignal,
): Omit<Ports, 'policies' | 'clock' | 'logger'> => ({
  roles: awsRoles(clients, signal),
  parameters: awsParameters(clients, signal),
  outcomes: awsOutcomes(clients, signal),
  secondLooks: awsSecondLooks(clients, queueUrl, signal),
});

/**
 * The composition root: configuration to clients to ports, once per container or command.
 * @throws ConfigError with every fault of rolebridge.yml and the environment.
 */
export const createRuntime = (logger: Logger): Runtime => {
  const config = loadConfig();
  const { settings, queueUrl } = config;
  if (queueUrl === undefined)
    throw new ConfigError('The environment', [
      'ROLEBRIDGE_QUEUE_URL: the URL of the reconcile queue is not set',
    ]);
  const aws = awsClients(config.region);
  const identity = ownIdentity(config);
  return {
    settings,
    accountIds: settings.accounts.map(({ id }) => id),
    invocation: (signal) => {
      const policyCounts: PolicyCounts = { writes: 0, conflicts: 0 };
      const policies = counted(googlePolicies(config, identity, signal), policyCounts);
      const clock = { now: () => new Date() };
      return { ports: { ...awsPorts(aws, queueUrl, signal), policies, clock, logger }, policyCounts };
    },
    delayRedelivery: (redeliveries) => delayRedelivery(aws, queueUrl, redeliveries),
  };
};
