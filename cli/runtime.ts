import type { AccountsEdit, ReadOrganization } from '../shared/accounts/ports.ts';
import { withAccountDeadlines } from '../shared/adapters/aws/account-deadlines.ts';
import { type AwsClients, awsClients, type ClientsOf } from '../shared/adapters/aws/clients.ts';
import { awsDeployedStages } from '../shared/adapters/aws/deployed-stages.ts';
import { deployedTable, deployedTableName } from '../shared/adapters/aws/deployed-table.ts';
import { deployedVariables } from '../shared/adapters/aws/deployed-variables.ts';
import { keptScope } from '../shared/adapters/aws/kept-scope.ts';
import { awsListings } from '../shared/adapters/aws/listings.ts';
import { managedPolicy } from '../shared/adapters/aws/managed-policy.ts';
import { type MemberClients, memberClients } from '../shared/adapters/aws/member-clients.ts';
import { awsParameters } from '../shared/adapters/aws/parameters.ts';
import { awsRoleTags } from '../shared/adapters/aws/role-tags.ts';
import { awsRoles, ownAccount } from '../shared/adapters/aws/roles.ts';
import { awsStack } from '../shared/adapters/aws/stack.ts';
import { viewClients } from '../shared/adapters/aws/view/clients.ts';
import { historyLogs } from '../shared/adapters/aws/view/history-logs.ts';
import { memberView } from '../shared/adapters/aws/view/member.ts';
import { awsView } from '../shared/adapters/aws/view/view.ts';
import { clockUntil } from '../shared/adapters/clock.ts';
import type { PersonalSession } from '../shared/adapters/google/clients.ts';
import { googleDoctorReader } from '../shared/adapters/google/doctor-reader.ts';
import { googleRoles, type KnownGoogleRoles } from '../shared/adapters/google/google-roles.ts';
import { googleKeyReader } from '../shared/adapters/google/key-reader.ts';
import { personalIdentity } from '../shared/adapters/google/personal-identity.ts';
import { googlePolicies } from '../shared/adapters/google/policies.ts';
import { googlePool, poolOwnerships } from '../shared/adapters/google/pool.ts';
import { googleReader } from '../shared/adapters/google/reader.ts';
import { googleServiceAccounts } from '../shared/adapters/google/service-accounts.ts';
import { tokenExchange } from '../shared/adapters/google/token-exchange.ts';
import { googleWriter } from '../shared/adapters/google/writer.ts';
import { writeAccounts } from '../shared/adapters/settings/accounts-file.ts';
import { settingsFile } from '../shared/adapters/settings/file.ts';
import { readOnlyElsewhere } from '../shared/app/read-only-elsewhere.ts';
import { configPaths, loadEnvironment, loadSettings } from '../shared/config/config.ts';
import { type ConfigPaths } from '../shared/config/paths.ts';
import { PermanentError } from '../shared/core/errors.ts';
import { once, oncePer } from '../shared/core/once.ts';
import { policyPermissions } from '../shared/core/policy-permissions.ts';
import { readScope } from '../shared/core/scope.ts';
import {
  emailOfResource,
  isServiceAccountResource,
  type ResourceName,
} from '../shared/core/service-account.ts';
import { homeOf, isGrantRule, poolPath, type Settings } from '../shared/core/settings.ts';
import {
  type MemberRole,
  memberRole,
  type StackNames,
  stackNames,
  stackRegion,
} from '../shared/core/stack.ts';
import type { StoredItem } from '../shared/core/table-item.ts';
import type { DoctorPorts } from '../shared/doctor/ports.ts';
import type { HistoryPorts } from '../shared/history/ports.ts';
import type { KeyPorts } from '../shared/keys/ports.ts';
import type {
  Clock,
  DeployedStack,
  Logger,
  PoolOwnerships,
  Ports,
  RoleTags,
  SweepPorts,
  Table,
} from '../shared/ports.ts';
import type { SettingsFile, SetupPorts } from '../shared/setup/ports.ts';
import type { UndoPorts } from '../shared/setup/undo/observe.ts';
import type { DeployedStages } from '../shared/stages/stage-conflicts.ts';

/**
 * The composition root of the command line: the caller's own credentials, and the same adapters as the functions. In other
 * accounts than the home account, the caller assumes the account's viewer role, which can only read.
 */

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
  /** @throws PermanentError if the AWS credentials are not of the account that rolebridge is deployed to. */
  readonly assertAccount: (settings: Settings) => Promise<void>;
  /** Signs in to both clouds. @throws PermanentError that names the cloud where it failed, or the wrong account. */
  readonly signIn: (settings: Settings) => Promise<void>;
  /** Reads everything that the sweep reads, and writes nothing. */
  readonly survey: (settings: Settings) => SweepPorts;
  /** The ports of the functions with the caller's credentials. Outcomes and second looks are dropped. */
  readonly own: (settings: Settings) => Ports;
  /** Reads with the credentials of this process alone, as a role that looks at its own account does. */
  readonly asCaller: () => Pick<Ports, 'roles' | 'parameters' | 'clock'>;
  /** The ledger's table. */
  readonly table: () => Table;
  /** The scope in the tables that removed stacks of this stage left. */
  readonly keptScope: () => Promise<readonly StoredItem[]>;
  readonly roleTags: () => RoleTags;
  readonly stack: (settings: Settings) => DeployedStack;
  /** Name of the ledger's table; undefined if nothing is deployed. */
  readonly tableName: () => Promise<string | undefined>;
  /** `settingsDigest` of the deployed settings; undefined if nothing is deployed, or if the functions do not show it. */
  readonly deployedDigest: () => Promise<string | undefined>;
  /** Names of the providers of the configured pool. */
  readonly providers: (settings: Settings) => Promise<readonly string[]>;
  /** The regions among these that the AWS account has not enabled. */
  readonly disabledRegions: (regions: readonly string[]) => Promise<readonly string[]>;
  readonly doctor: () => DoctorPorts;
  readonly history: (settings: Settings) => HistoryPorts;
  readonly keys: (settings: Settings) => KeyPorts;
  /** The stages that are deployed in the caller's AWS account. */
  readonly deployedStages: () => DeployedStages;
  /** The document of a managed policy of the AWS account. */
  readonly managedPolicy: (arn: string) => Promise<unknown>;
  readonly settingsFile: () => SettingsFile;
  /** The AWS organization of the caller, who may be in another account than rolebridge's. */
  readonly organization: ReadOrganization;
  /** Edits the accounts of rolebridge.yml. Returns the path of the file. @throws ConfigError or PermanentError */
  readonly writeAccounts: (edit: AccountsEdit) => string;
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
  const knownRoles: KnownGoogleRoles = new Map();
  const roles = (settings: Settings): Pick<Ports, 'googleRoles'> =>
    settings.allow.some(isGrantRule)
      ? { googleRoles: googleRoles(session(settings), knownRoles, clock) }
      : {};
  const ownerships = (settings: Settings): PoolOwnerships =>
    poolOwnerships(googlePool(session(settings)), { accountId: homeOf(settings), stage });
  // Members of one account share the credentials.
  const viewerOf = oncePer(
    (role: MemberRole): MemberClients =>
      memberClients(clients().sts, role, { region: stackRegion, maxAttempts, now: clock.now }),
    ({ arn }) => arn,
  );
  const clientsOf =
    (settings: Settings): ClientsOf =>
    (accountId) =>
      accountId === homeOf(settings) ? clients() : viewerOf(memberRole(stage, settings, accountId, 'viewer'));
  const assertAccount = async (settings: Settings): Promise<void> => {
    const account = await ownAccount(clients().sts, signal);
    if (account !== homeOf(settings)) throw notHome(settings, account);
  };
  const stack = ({ accounts }: Settings): DeployedStack =>
    awsStack(clients(), { stage, hasMembers: accounts.length > 1 }, signal);
  const survey = (settings: Settings): SweepPorts => ({
    listings: {
      ...withAccountDeadlines(
        homeOf(settings),
        awsListings(clientsOf(settings), settings.sweep.parameterReadsPerSecond, signal),
        clock,
      ),
      serviceAccounts: googleServiceAccounts(session(settings)),
    },
    policies: { read: googlePolicies(session(settings), readAdvice).read },
    ...roles(settings),
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
      roles: awsRoles(clientsOf(settings), signal),
      parameters: readOnlyElsewhere(homeOf(settings), awsParameters(clientsOf(settings), signal)),
      policies: googlePolicies(session(settings), writeAdvice),
      ...roles(settings),
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
    asCaller: () => ({
      roles: awsRoles(clients, signal),
      parameters: awsParameters(clients, signal),
      clock,
    }),
    table,
    keptScope: () => keptScope(clients().dynamodb, names, signal),
    roleTags: () => awsRoleTags(clients(), signal),
    doctor: () => ({
      aws: awsView(clients(), viewClients(maxAttempts), signal),
      google: (settings) => googleDoctorReader(session(settings), readAdvice, clock),
      exchange: tokenExchange(environment, signal),
      survey,
      member: (settings, accountId) =>
        memberView(viewerOf(memberRole(stage, settings, accountId, 'viewer')), maxAttempts, signal),
      now: clock.now,
    }),
    history: (settings) => ({
      logs: historyLogs(viewClients(maxAttempts), signal),
      table: table(),
      roles: awsRoles(clientsOf(settings), signal),
      clock,
    }),
    keys: (settings) => ({
      reader: googleKeyReader(session(settings)),
      table: table(),
      isDeployed: async () => (await deployedTableName(names.sweepFunction, variables)) !== undefined,
      listings: { serviceAccounts: googleServiceAccounts(session(settings)) },
      clock,
    }),
    stack,
    tableName: () => deployedTableName(names.sweepFunction, variables),
    deployedDigest: async () => {
      const found = await variables(`the settings of ${names.sweepFunction}`);
      // It describes the file in the package, which a function with ROLEBRIDGE_CONFIG does not read.
      return found?.['ROLEBRIDGE_CONFIG'] === undefined ? found?.['ROLEBRIDGE_SETTINGS_DIGEST'] : undefined;
    },
    providers: async (settings) => [
      ...(await googleReader(session(settings)).providers(poolPath(settings))).keys(),
    ],
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
    organization: async (units) =>
      // Only this command needs the client.
      (await import('../shared/adapters/aws/organization.ts')).awsOrganization(
        { region: stackRegion },
        clock,
        signal,
      )(units),
    writeAccounts: (edit) => writeAccounts(paths, stage, edit),
    setup: ownSetup,
    undo: (settings) => ({
      ...ownSetup(settings),
      isDeployed: async () => {
        // In another account, the stack would look removed.
        await assertAccount(settings);
        return stack(settings).isDeployed();
      },
    }),
  };
};

const notHome = (settings: Settings, accountId: string): PermanentError => {
  const home = homeOf(settings);
  const isListed = settings.accounts.some(({ id }) => id === accountId);
  return new PermanentError(
    isListed
      ? `The AWS credentials look into account ${accountId}, not into account ${home}, to which rolebridge is deployed. Use credentials of account ${home}: from there, this command reads the other accounts.`
      : `The AWS credentials look into account ${accountId}, not into account ${home} of rolebridge.yml.`,
  );
};

const readAdvice = (resource: ResourceName): string =>
  isServiceAccountResource(resource)
    ? `You need iam.serviceAccounts.getIamPolicy on ${emailOfResource(resource)} or its project (as in roles/iam.securityReviewer).`
    : `You need ${policyPermissions(resource).read.join(' and ')} on ${resource}.`;

const writeAdvice = (resource: ResourceName): string =>
  isServiceAccountResource(resource)
    ? `You need roles/iam.serviceAccountAdmin on ${emailOfResource(resource)} or its project.`
    : `You need ${policyPermissions(resource).edit} on ${resource}.`;

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
