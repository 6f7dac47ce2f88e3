import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { configPaths, loadSettings } from '../../../shared/config/config.ts';
import { defaults } from '../../../shared/config/defaults.ts';
import { isThere } from '../../../shared/config/file-bytes.ts';
import { type ConfigPaths } from '../../../shared/config/paths.ts';
import { credentialConfig } from '../../../shared/core/credential-config.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parameterName } from '../../../shared/core/grant-parameters.ts';
import { type NamedRole, parseRole } from '../../../shared/core/role-argument.ts';
import type { RoleArn } from '../../../shared/core/role-arn.ts';
import { isServiceAccountEmail } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { trustedPoolsOf, trustedProviders } from '../../../shared/core/trusted-pools.ts';
import { isPlainOrigin } from '../../../shared/credentials/config-shapes.ts';
import { rewriteConfig } from '../../../shared/credentials/rewritten-config.ts';
import { type CredentialsRuntime, createCredentialsRuntime } from '../../credentials/runtime.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { clientProject, variablesFile } from './client-project.ts';
import { checkedEndpoint } from './endpoint.ts';

export interface CredentialsConfigOptions {
  readonly endpoint: string;
  readonly role?: string;
  readonly account?: string;
  readonly grant: string;
  readonly prefix?: string;
  readonly from?: string;
  readonly serviceAccount?: string;
  readonly output?: string;
  readonly allowRemote?: boolean;
}

/** Prints the published credential config, checked, and rewritten for another metadata endpoint. */
export const credentialsConfig = async (
  terminal: Terminal,
  options: CredentialsConfigOptions,
): Promise<ExitCode> => {
  const metadata = checkedEndpoint(options.endpoint, options.allowRemote ?? false);
  const context = contextOf(
    options,
    configPaths(terminal),
    createCredentialsRuntime({ signal: terminal.signal }),
  );
  const pools = trustedPools(context);
  const { where, text, parameter } = await findConfig(context);
  const providers = trustedProviders(pools, await accountId(context));
  const origins = trustedOrigins(context);
  const checked = rewriteConfig(text, { providers, origins, metadata });
  if (checked.kind === 'refused')
    throw new PermanentError(
      `${where} is not a config that rolebridge publishes: ${checked.reason}. The config is not used.`,
    );
  const config = JSON.stringify(checked.config, null, 2);
  const project =
    parameter === undefined
      ? undefined
      : await clientProject(checked.config, parameter, context.runtime.publishedValue);
  if (project !== undefined)
    terminal.say(`rolebridge: its clients use the project ${project}: set GOOGLE_CLOUD_PROJECT=${project}`);
  if (options.output === undefined) {
    terminal.show({ config: checked.config }, () => config, 'file');
    return exitCodes.done;
  }
  write(options.output, `${config}\n`);
  if (terminal.isJson) terminal.show({ output: options.output }, () => '');
  terminal.say(`rolebridge: wrote ${options.output}`);
  const variables = project === undefined ? undefined : variablesFile(options.output, project);
  if (variables !== undefined) {
    write(variables.path, variables.text);
    terminal.say(`rolebridge: wrote ${variables.path}`);
  }
  return exitCodes.done;
};

interface Context {
  readonly options: CredentialsConfigOptions;
  readonly runtime: CredentialsRuntime;
  /** Where rolebridge.yml is, or would be. */
  readonly path: string;
  /** Containers have no rolebridge.yml. */
  readonly settings: Settings | undefined;
  /** Asks STS at most once. */
  readonly ownRole: () => Promise<RoleArn>;
}

const contextOf = (
  options: CredentialsConfigOptions,
  paths: ConfigPaths,
  runtime: CredentialsRuntime,
): Context => {
  let role: Promise<RoleArn> | undefined;
  return {
    options,
    runtime,
    path: paths[0],
    settings: isThere(paths[0]) ? loadSettings(paths) : undefined,
    ownRole: () => (role ??= runtime.role()),
  };
};

interface FoundConfig {
  /** For the error, if the config is refused. */
  readonly where: string;
  readonly text: string;
  /** Where it was read, if that was a parameter. */
  readonly parameter?: string;
}

const findConfig = (context: Context): FoundConfig | Promise<FoundConfig> => {
  const { from, serviceAccount } = context.options;
  if (from !== undefined && serviceAccount !== undefined)
    throw new PermanentError('Pass either --from or --service-account, not both.');
  if (from !== undefined) return fromFile(from);
  return serviceAccount === undefined ? fromParameter(context) : fromSettings(context, serviceAccount);
};

const fromFile = (path: string): FoundConfig => {
  try {
    return { where: path, text: readFileSync(path, 'utf8') };
  } catch (thrown) {
    throw new PermanentError(`--from ${path} cannot be read: ${String(thrown)}`, { cause: thrown });
  }
};

const fromSettings = ({ settings, path }: Context, serviceAccount: string): FoundConfig => {
  if (!isServiceAccountEmail(serviceAccount))
    throw new PermanentError(
      `--service-account must be the e-mail of a service account, not "${serviceAccount}".`,
    );
  const [account] = settings?.accounts ?? [];
  if (settings === undefined || account === undefined)
    throw new PermanentError(
      `--service-account needs rolebridge.yml, and ${path} does not exist. Set ROLEBRIDGE_CONFIG to its path.`,
    );
  const config = credentialConfig(settings, account.provider, serviceAccount);
  return { where: `The config for ${serviceAccount}`, text: JSON.stringify(config) };
};

const fromParameter = async ({ options, runtime, settings, ownRole }: Context): Promise<FoundConfig> => {
  const prefix =
    options.prefix ?? runtime.parameterPrefix ?? settings?.parameterPrefix ?? defaults.parameterPrefix;
  if (!/^(\/[A-Za-z0-9_.-]+)+$/.test(prefix))
    throw new PermanentError(`The prefix "${prefix}" is not a path such as ${defaults.parameterPrefix}.`);
  const { roleName } = namedRole(options, settings) ?? (await ownRole());
  const name = parameterName(prefix, { roleName }, options.grant);
  return { where: name, parameter: name, text: await runtime.publishedConfig(name) };
};

/** The role of the option, which names one of the configured accounts if its ARN names any. */
const namedRole = (
  { role, account }: CredentialsConfigOptions,
  settings: Settings | undefined,
): NamedRole | undefined =>
  role === undefined
    ? undefined
    : parseRole(role, account === undefined ? settings?.accounts.map(({ id }) => id) : [account]);

const trustedPools = ({ runtime, settings }: Context) => {
  if (runtime.trustedPools !== undefined) return runtime.trustedPools;
  if (settings !== undefined) return trustedPoolsOf(settings);
  throw new PermanentError(
    `No pool is trusted, so no config can be. Set GOOGLE_ACCESS_POOLS (rolebridge boot --print environment prints it), or ROLEBRIDGE_CONFIG to the path of rolebridge.yml.`,
  );
};

/** The AWS account that the config must be for: an option, the only one of rolebridge.yml, or the caller's own. */
const accountId = async ({ options, settings, ownRole }: Context): Promise<string> => {
  if (options.account !== undefined) {
    if (/^\d{12}$/.test(options.account)) return options.account;
    throw new PermanentError(`--account must be an AWS account id of 12 digits, not "${options.account}".`);
  }
  const ofRole = namedRole(options, settings)?.accountId;
  if (ofRole !== undefined) return ofRole;
  const [only, ...others] = settings?.accounts ?? [];
  return only !== undefined && others.length === 0 ? only.id : (await ownRole()).accountId;
};

const trustedOrigins = ({ runtime, settings }: Context): readonly string[] => {
  const { sts, iamcredentials } = settings?.google.endpoints ?? {};
  const origins = runtime.trustedEndpoints;
  const bad = origins.find((origin) => !isPlainOrigin(origin));
  if (bad !== undefined)
    throw new PermanentError(
      `GOOGLE_ACCESS_TRUSTED_ENDPOINTS: "${bad}" is not an origin such as https://sts.example.com.`,
    );
  return [...origins, ...[sts, iamcredentials].flatMap((origin) => origin ?? [])];
};

/** Writes atomically: a reader sees either the old file or the new one. */
const write = (path: string, text: string): void => {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o644 });
    renameSync(draft, path);
  } catch (thrown) {
    // Below a path that is not a folder there is nothing to remove, and trying to would be the error that people see.
    if (existsSync(draft)) rmSync(draft);
    throw new PermanentError(`--output ${path} cannot be written: ${String(thrown)}`, { cause: thrown });
  }
};
