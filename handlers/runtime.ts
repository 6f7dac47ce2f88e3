import pThrottle from 'p-throttle';
import { awsCallers } from '../shared/adapters/aws/caller.ts';
import {
  type AwsClients,
  awsClients,
  type ClientsOf,
  clientsByAccount,
} from '../shared/adapters/aws/clients.ts';
import { awsListings } from '../shared/adapters/aws/listings.ts';
import { memberClients } from '../shared/adapters/aws/member-clients.ts';
import {
  awsMirror,
  awsOutcomes,
  awsSecondLooks,
  awsSweepSink,
  delayRedelivery,
  type Redelivery,
} from '../shared/adapters/aws/messages.ts';
import { awsParameters } from '../shared/adapters/aws/parameters.ts';
import { awsRoles } from '../shared/adapters/aws/roles.ts';
import { awsTable } from '../shared/adapters/aws/table.ts';
import { clockUntil } from '../shared/adapters/clock.ts';
import { googleRoles, type KnownGoogleRoles } from '../shared/adapters/google/google-roles.ts';
import { ownIdentity } from '../shared/adapters/google/identity.ts';
import { googleOptIns } from '../shared/adapters/google/opt-ins.ts';
import { googlePolicies } from '../shared/adapters/google/policies.ts';
import { googlePool, poolOwnerships, rememberingOurs } from '../shared/adapters/google/pool.ts';
import { googleServiceAccounts } from '../shared/adapters/google/service-accounts.ts';
import type { GoogleSession } from '../shared/adapters/google/session.ts';
import { type Config, loadConfig } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/error.ts';
import type { PoolOwner } from '../shared/core/ownership.ts';
import { readScope, type Scope } from '../shared/core/scope.ts';
import { homeOf, isGrantRule, type Settings } from '../shared/core/settings.ts';
import { type MemberRoleKind, memberRole } from '../shared/core/stack.ts';
import type {
  Callers,
  GoogleRoles,
  Logger,
  OutcomeMirror,
  PolicyStore,
  Ports,
  SweepPorts,
} from '../shared/ports.ts';

/** The composition root of the functions: configuration to clients to ports, once per container. */
export interface ReconcileRuntime {
  readonly settings: Settings;
  readonly accountIds: readonly string[];
  /** After this many receives, a message goes to the dead-letter queue. */
  readonly maxReceives: number;
  /** The first signal ends reads and changes, which leaves time until the second one to publish the outcomes. */
  readonly invocation: (reading: AbortSignal, publishing: AbortSignal) => Invocation;
  readonly delayRedelivery: (redeliveries: readonly Redelivery[]) => Promise<void>;
}

/** The ports of one invocation. */
export interface Invocation {
  readonly ports: Ports;
  readonly counts: Readonly<Counts>;
}

/** How often policies were written, and how often someone else wrote first; and outcomes that another account did not take. */
export interface Counts {
  writes: number;
  conflicts: number;
  notMirrored: number;
}

const poolAdvice = 'Let rolebridge read it: run "rolebridge setup".';

const clock = clockUntil();

/** @throws ConfigError with every error in rolebridge.yml and the environment. */
export const createReconcileRuntime = (logger: Logger): ReconcileRuntime => {
  const config = loadConfig();
  const { settings } = config;
  const queueUrl = required(config.queueUrl, 'ROLEBRIDGE_QUEUE_URL', 'the URL of the reconcile queue');
  const table = required(config.table, 'ROLEBRIDGE_TABLE', "the name of the ledger's table");
  const clients = awsClients(config.region);
  const clientsOf = accountClients(config, clients, 'member');
  const session = googleSession(config);
  const entered = { generation: undefined, keys: new Set<string>() };
  const remembered = rememberingOurs();
  const optionalGoogleRoles = googleRolesIfAsked(settings);
  let scope: Scope | undefined;
  return {
    settings,
    // While a deploy changes first the code and then the environment, the variable may be missing.
    maxReceives: config.maxReceives ?? Number.POSITIVE_INFINITY,
    accountIds: settings.accounts.map(({ id }) => id),
    invocation: (reading, publishing) => {
      const counts: Counts = { writes: 0, conflicts: 0, notMirrored: 0 };
      // The table works as long as outcomes can be published, because the ledger's entries are closed after the changes.
      const ledger = awsTable(clients.dynamodb, table, publishing);
      const ports = {
        roles: awsRoles(clientsOf, reading),
        parameters: awsParameters(clientsOf, reading),
        policies: counted(googlePolicies(session(reading)), counts),
        ...optionalGoogleRoles(session(reading)),
        table: ledger,
        entered,
        scope: async () => (scope ??= await readScope(ledger.list)),
        listings: { serviceAccounts: googleServiceAccounts(session(reading)) },
        ownerships: remembered(poolOwnerships(googlePool(session(reading), poolAdvice), ownerOf(config))),
        outcomes: awsOutcomes(clients, publishing),
        ...(settings.accountOutcomes?.mirror === true
          ? { mirror: countedMirror(awsMirror(clientsOf, clock, publishing), counts) }
          : {}),
        secondLooks: awsSecondLooks(clients, queueUrl, publishing),
        clock,
        logger,
      };
      return { ports, counts };
    },
    delayRedelivery: (redeliveries) => delayRedelivery(clients, queueUrl, redeliveries),
  };
};

const required = (value: string | undefined, variable: string, what: string): string => {
  if (value !== undefined) return value;
  throw new ConfigError('The environment', [{ setting: variable, message: `${what} is not set` }]);
};

/** In other accounts, the function assumes its role there. Clients are made on first use. */
const accountClients = (
  { settings, stage, region }: Config,
  clients: AwsClients,
  kind: MemberRoleKind,
): ClientsOf =>
  clientsByAccount(homeOf(settings), clients, (accountId) =>
    memberClients(
      clients.sts,
      memberRole(required(stage, 'ROLEBRIDGE_STAGE', 'the deployed stage'), settings, accountId, kind),
      { region, maxAttempts: memberAttempts, now: clock.now },
    ),
  );

/** Fewer than in the home account: one account that does not answer must not delay the others for long. */
const memberAttempts = 3;

/** In Google, the functions act as rolebridge's own service account. */
const googleSession = (config: Config) => {
  const identity = ownIdentity(config);
  const { endpoints } = config.settings.google;
  return (signal: AbortSignal): GoogleSession => ({ ...config, identity, endpoints, signal });
};

/** Without a rule that grants a Google role, none is read. */
const googleRolesIfAsked = ({ allow }: Settings) => {
  const known: KnownGoogleRoles = new Map();
  return (session: GoogleSession): { readonly googleRoles?: GoogleRoles } =>
    allow.some(isGrantRule) ? { googleRoles: googleRoles(session, known, clock) } : {};
};

const counted = (store: PolicyStore, counts: Counts): PolicyStore => ({
  read: store.read,
  write: async (resource, policy) => {
    const write = await store.write(resource, policy);
    if (write.kind === 'written') counts.writes += 1;
    if (write.kind === 'conflict') counts.conflicts += 1;
    return write;
  },
});

const countedMirror = (mirror: OutcomeMirror, counts: Counts): OutcomeMirror => ({
  send: async (accountId, outcomes) => {
    try {
      await mirror.send(accountId, outcomes);
    } catch (thrown) {
      counts.notMirrored += outcomes.length;
      throw thrown;
    }
  },
});

/** While a deploy changes first the code and then the environment, the stage may be missing. */
const ownerOf = ({ settings, stage }: Config): PoolOwner | undefined =>
  stage === undefined ? undefined : { accountId: homeOf(settings), stage };

export interface SweepRuntime {
  readonly settings: Settings;
  /** The first signal ends reads, which leaves time until the second one to publish the results. */
  readonly ports: (reading: AbortSignal, publishing: AbortSignal) => SweepPorts;
  /** Identifies the person who gives an answer. */
  readonly callers: (signal: AbortSignal) => Callers;
}

/** Half of the 6,000 reads a minute that Google's IAM API gives a project (https://cloud.google.com/iam/quotas). */
const policyReadsPerSecond = 50;

/** @throws ConfigError with every error in rolebridge.yml and the environment. */
export const createSweepRuntime = (logger: Logger): SweepRuntime => {
  const config = loadConfig();
  const { settings, region } = config;
  const table = required(config.table, 'ROLEBRIDGE_TABLE', "the name of the ledger's table");
  const clients = awsClients(region);
  const clientsOf = accountClients(config, clients, 'member-read');
  const session = googleSession(config);
  const optionalGoogleRoles = googleRolesIfAsked(settings);
  const paced = pThrottle({ limit: policyReadsPerSecond, interval: 1000 });
  return {
    settings,
    callers: (signal) =>
      awsCallers({ stage: config.stage, homeAccountId: homeOf(settings) }, clock.now, signal),
    ports: (reading, publishing) => ({
      listings: {
        ...awsListings(clientsOf, settings.sweep.parameterReadsPerSecond, reading),
        serviceAccounts: googleServiceAccounts(session(reading)),
      },
      policies: { read: paced(googlePolicies(session(reading)).read) },
      ...optionalGoogleRoles(session(reading)),
      optIns: googleOptIns(session(reading)),
      ownerships: poolOwnerships(googlePool(session(reading), poolAdvice), ownerOf(config)),
      table: awsTable(clients.dynamodb, table, publishing),
      sink: awsSweepSink(clients, publishing),
      clock,
      logger,
    }),
  };
};
