import { type AwsClients, awsClients } from '../shared/adapters/aws/clients.ts';
import { awsDeployedStages } from '../shared/adapters/aws/deployed-stages.ts';
import { deployedTable, deployedTableName } from '../shared/adapters/aws/deployed-table.ts';
import { deployedVariables } from '../shared/adapters/aws/deployed-variables.ts';
import { awsListings } from '../shared/adapters/aws/listings.ts';
import { managedPolicy } from '../shared/adapters/aws/managed-policy.ts';
import { awsParameters } from '../shared/adapters/aws/parameters.ts';
import { awsRoleTags } from '../shared/adapters/aws/role-tags.ts';
import { assertOwnAccount, awsRoles } from '../shared/adapters/aws/roles.ts';
import { awsStack } from '../shared/adapters/aws/stack.ts';
import { viewClients } from '../shared/adapters/aws/view/clients.ts';
import { historyLogs } from '../shared/adapters/aws/view/history-logs.ts';
import { awsView } from '../shared/adapters/aws/view/view.ts';
import { clockUntil } from '../shared/adapters/clock.ts';
import type { PersonalSession } from '../shared/adapters/google/clients.ts';
import { googleDoctorReader } from '../shared/adapters/google/doctor-reader.ts';
import { personalIdentity } from '../shared/adapters/google/personal-identity.ts';
import { googlePolicies } from '../shared/adapters/google/policies.ts';
import { googlePool } from '../shared/adapters/google/pool.ts';
import { googleReader } from '../shared/adapters/google/reader.ts';
import { googleServiceAccounts } from '../shared/adapters/google/service-accounts.ts';
import { tokenExchange } from '../shared/adapters/google/token-exchange.ts';
import { googleWriter } from '../shared/adapters/google/writer.ts';
import { settingsFile } from '../shared/adapters/settings/file.ts';
import { poolOwnerships } from '../shared/app/pools.ts';
import { configPaths, loadEnvironment, loadSettings } from '../shared/config/config.ts';
import { type ConfigPaths } from '../shared/config/paths.ts';
import { readScope } from '../shared/core/scope.ts';
import { emailOfResource } from '../shared/core/service-account.ts';
import { homeOf, poolPath, type Settings } from '../shared/core/settings.ts';
import { type StackNames, stackNames, stackRegion } from '../shared/core/stack.ts';
import type { DoctorPorts } from '../shared/doctor/ports.ts';
import type { HistoryPorts } from '../shared/history/ports.ts';
import type {
  Clock,
  DeployedStack,
  Logger,
  PoolOwnerships,
  Ports,
  RoleTags,
  SweepPorts,
} from '../shared/ports.ts';
import type { SettingsFile, SetupPorts } from '../shared/setup/ports.ts';
import type { UndoPorts } from '../shared/setup/undo/observe.ts';
import type { DeployedStages } from '../shared/stages/stage-conflicts.ts';

/** The composition root of the command line: the caller's own credentials, and the same adapters as the functions. */

export interface CommandOptions {
  readonly stage: string;
  /** The value of --config. */
  readonly config?: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The ports of the commands. Each is created on first use, so one that cannot be created does not affect the others. */
export interface CommandRuntime {
  readonly names: StackNames;
  readonly configPaths: ConfigPaths;
  /** @throws ConfigError with every error in the files. */
  readonly settings: () => Settings;
  /** @throws PermanentError if the AWS credentials are of another account than those of rolebridge.yml. */
  readonly assertAccount: (settings: Settings) => Promise<void>;
  /** Signs in to both clouds. @throws PermanentError that names the cloud where it failed, or the wrong account. */
  readonly signIn: (settings: Settings) => Promise<void>;
  /** Reads everything that the sweep reads, and writes nothing. */
  readonly survey: (settings: Settings) => SweepPorts;
  /** The ports of the functions with the caller's credentials. Outcomes and second looks are dropped. */
  readonly own: (settings: Settings) => Ports;
  readonly roleTags: () => RoleTags;
  readonly stack: () => DeployedStack;
  /** Name of the ledger's table; undefined if nothing is deployed. */
  readonly tableName: () => Promise<string | undefined>;
  /** `settingsDigest` of the deployed settings; undefined if nothing is deployed, or if the functions do not show it. */
  readonly deployedDigest: () => Promise<string | undefined>;
  /** Names of the providers of the configured pool. */
  readonly providers: (settings: Settings) => Promise<readonly string[]>;
  /** The regions among these that the AWS account has not enabled. */
  readonly disabledRegions: (regions: readonly string[]) => Promise<readonly string[]>;
  readonly doctor: () => DoctorPorts;
  readonly history: () => HistoryPorts;
  /** The stages that are deployed in the caller's AWS account. */
  readonly deployedStages: () => DeployedStages;
  /** The document of a managed policy of the AWS account. */
  readonly managedPolicy: (arn: string) => Promise<unknown>;
  readonly settingsFile: () => SettingsFile;
  /** The ports of `setup`. */
  readonly setup: (settings: Settings) => SetupPorts;
  /** The ports of `setup --undo`. */
  readonly undo: (settings: Settings) => UndoPorts;
}

/** Fewer than in the functions: a person is waiting. */
const maxAttempts = 3;

export const createCommandRuntime = (options: CommandOptions): CommandRuntime => {
  const { stage, signal, logger } = options;
  const environment = loadEnvironment();
  const names = stackNames(stage);
  const paths = configPaths(options);
  const clock = clockUntil(signal);
  const clients = once((): AwsClients => awsClients(stackRegion, { maxAttempts }));
  const variables = deployedVariables(names.sweepFunction, signal);
  const table = once(() => deployedTable(clients(), names, variables, signal, logger));
  const identity = once(() => personalIdentity(environment));
  const session = ({ google: { endpoints } }: Settings): PersonalSession => ({
    ...environment,
    identity: identity(),
    endpoints,
    signal,
  });
  const ownerships = (settings: Settings): PoolOwnerships =>
    poolOwnerships(googlePool(session(settings)), { accountId: homeOf(settings), stage });
  const assertAccount = async ({ accounts }: Settings): Promise<void> => {
    for (const { id } of accounts) await assertOwnAccount(clients().sts, id, signal);
  };
  const survey = (settings: Settings): SweepPorts => ({
    listings: {
      ...awsListings(clients, settings.sweep.parameterReadsPerSecond, signal),
      serviceAccounts: googleServiceAccounts(session(settings)),
    },
    policies: { read: googlePolicies(session(settings), readAdvice).read },
    // The caller's permissions do not show whether the owner has opted in.
    optIns: { isOptedOut: () => Promise.resolve(false) },
    ownerships: ownerships(settings),
    table: table(),
    sink: { drifts: () => Promise.resolve(), held: () => Promise.resolve() },
    clock,
    logger,
  });
  const ownSetup = (settings: Settings): SetupPorts => ({
    ...setupPorts(session(settings), settingsFile(paths, stage), clock),
    deployedRoles: async () => {
      const { functionState } = awsView(clients(), viewClients(maxAttempts), signal);
      const states = await Promise.all([names.reconcileFunction, names.sweepFunction].map(functionState));
      return states.flatMap((state) => (state.kind === 'there' ? [state.roleArn] : []));
    },
  });
  return {
    names,
    configPaths: paths,
    settings: () => loadSettings(paths),
    assertAccount,
    signIn: async (settings) => {
      await assertAccount(settings);
      await identity().signIn();
    },
    survey,
    own: (settings) => ({
      roles: awsRoles(clients, signal),
      parameters: awsParameters(clients, signal),
      policies: googlePolicies(session(settings), writeAdvice),
      listings: { serviceAccounts: googleServiceAccounts(session(settings)) },
      table: table(),
      entered: { generation: undefined, keys: new Set() },
      scope: () => readScope(table().list),
      ownerships: ownerships(settings),
      outcomes: { send: () => Promise.resolve() },
      secondLooks: { schedule: () => Promise.resolve() },
      clock,
      logger,
    }),
    roleTags: () => awsRoleTags(clients(), signal),
    doctor: () => ({
      aws: awsView(clients(), viewClients(maxAttempts), signal),
      google: (settings) => googleDoctorReader(session(settings)),
      exchange: tokenExchange(environment, signal),
      survey,
      now: clock.now,
    }),
    history: () => ({
      logs: historyLogs(viewClients(maxAttempts), signal),
      table: table(),
      roles: awsRoles(clients, signal),
      clock,
    }),
    stack: () => awsStack(clients(), stage, signal),
    tableName: () => deployedTableName(names.sweepFunction, variables),
    deployedDigest: async () => {
      const found = await variables(`the settings of ${names.sweepFunction}`);
      // It describes the file in the package, which a function with ROLEBRIDGE_CONFIG does not read.
      return found?.['ROLEBRIDGE_CONFIG'] === undefined ? found?.['ROLEBRIDGE_SETTINGS_DIGEST'] : undefined;
    },
    providers: (settings) => googleReader(session(settings)).providers(poolPath(settings)),
    disabledRegions: async (regions) =>
      // EC2's client is by far the largest.
      (await import('../shared/adapters/aws/disabled-regions.ts')).disabledRegions(
        { region: stackRegion, maxAttempts },
        regions,
        signal,
      ),
    deployedStages: () =>
      awsDeployedStages({ ...clients(), lambda: viewClients(maxAttempts).lambda }, signal),
    managedPolicy: (arn) => managedPolicy(clients().iam, arn, signal),
    settingsFile: () => settingsFile(paths, stage),
    setup: ownSetup,
    undo: (settings) => ({
      ...ownSetup(settings),
      isDeployed: async () => {
        // In another account, the stack would look removed.
        await assertAccount(settings);
        return awsStack(clients(), stage, signal).isDeployed();
      },
    }),
  };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

const readAdvice = (resource: string): string =>
  `You need iam.serviceAccounts.getIamPolicy on ${emailOfResource(resource)} or its project (as in roles/iam.securityReviewer).`;

const writeAdvice = (resource: string): string =>
  `You need roles/iam.serviceAccountAdmin on ${emailOfResource(resource)} or its project.`;

const setupPorts = (
  session: PersonalSession,
  file: SettingsFile,
  clock: Clock,
): Omit<SetupPorts, 'deployedRoles'> => {
  return {
    reader: googleReader(session),
    writer: googleWriter(session),
    file,
    policies: googlePolicies(session, writeAdvice),
    listings: { serviceAccounts: googleServiceAccounts(session) },
    clock,
    signal: session.signal,
  };
};
