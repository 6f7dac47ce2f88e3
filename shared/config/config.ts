import { join } from 'node:path';
import type { Settings } from '../core/settings.ts';
import { stackRegion } from '../core/stack.ts';
import type { TrustedPools } from '../core/trusted-pools.ts';
import { checkSettings } from './check.ts';
import { ConfigError } from './error.ts';
import { type ConfigPaths, fileName, nearestPaths, withOverride } from './paths.ts';
import { type ConfigTexts, readConfigTexts, readSettingsYaml, sourceOf } from './read.ts';

/** The environment variables. This is the only file that reads them. */
export interface Environment {
  /** Origin for rolebridge's own Google calls, instead of Google's; never appears in published configs. */
  readonly googleEndpoint?: string;
  /** The queue for second looks and redelivery times; set in Lambda. */
  readonly queueUrl?: string;
  /** After this many receives, a message goes to the dead-letter queue. */
  readonly maxReceives?: number;
  /** The ledger's table; set in Lambda. */
  readonly table?: string;
  /** The deployed stage; set in Lambda. With the home account, it is the owner that the pool's marker names. */
  readonly stage?: string;
  readonly region: string;
  /** A person's access token; used by the command line instead of the application default credentials. */
  readonly googleAccessToken?: string;
}

/** rolebridge.yml and the environment. */
export interface Config extends Environment {
  readonly settings: Settings;
}

/** The environment variables of `rolebridge credentials`, which may have no rolebridge.yml. */
export interface CredentialsEnvironment {
  readonly region?: string;
  readonly webIdentityRoleArn?: string;
  /** The instance metadata endpoint of the AWS SDK. */
  readonly metadataEndpoint?: string;
  /** Origins that a credential config may name besides Google's own; boot/fetch reads the same variable. */
  readonly trustedEndpoints: readonly string[];
  /** From the variables that boot/fetch reads; undefined if GOOGLE_ACCESS_POOLS is not set. */
  readonly trustedPools?: TrustedPools;
  readonly parameterPrefix?: string;
}

export const loadCredentialsEnvironment = (
  environment: NodeJS.ProcessEnv = process.env,
): CredentialsEnvironment => {
  // Empty counts as not set, as in the AWS SDK.
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const webIdentityRoleArn = environment['AWS_ROLE_ARN'];
  const metadataEndpoint = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  const listOf = (name: string): readonly string[] =>
    (environment[name] ?? '').split(/\s+/).filter((entry) => entry !== '');
  const pools = listOf('GOOGLE_ACCESS_POOLS');
  const parameterPrefix = environment['GOOGLE_ACCESS_PREFIX'];
  return Object.freeze({
    ...(region ? { region } : {}),
    ...(webIdentityRoleArn ? { webIdentityRoleArn } : {}),
    ...(metadataEndpoint ? { metadataEndpoint } : {}),
    trustedEndpoints: listOf('GOOGLE_ACCESS_TRUSTED_ENDPOINTS'),
    ...(pools.length === 0 ? {} : { trustedPools: { pools, providers: listOf('GOOGLE_ACCESS_PROVIDERS') } }),
    ...(parameterPrefix ? { parameterPrefix } : {}),
  });
};

/** @throws ConfigError if the file or the environment has errors */
export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const rest = loadEnvironment(environment);
  return Object.freeze({
    settings: loadSettings(configPaths({}, environment), accountOf(rest.queueUrl)),
    ...rest,
  });
};

/**
 * Reads the text of a rolebridge.yml.
 * @throws ConfigError with every error, its path and its position
 */
export const parseSettings = (text: string, path = 'rolebridge.yml', ownAccount?: string): Settings =>
  parseTexts([{ path, text }], ownAccount);

/**
 * Reads rolebridge.yml, with a stage's override file.
 * @throws ConfigError if the files have errors
 */
export const loadSettings = (paths: string | ConfigPaths, ownAccount?: string): Settings => {
  const all: ConfigPaths = typeof paths === 'string' ? [paths] : paths;
  return parseTexts(readConfigTexts(all), ownAccount);
};

/** @throws ConfigError if the texts have errors */
export const parseTexts = (texts: ConfigTexts, ownAccount?: string): Settings => {
  const { settings, problems } = checkSettings(readSettingsYaml(texts), ownAccount);
  if (settings === undefined) throw new ConfigError(sourceOf(texts), problems);
  return settings;
};

/** A stage, or exactly one file. */
export interface ConfigChoice {
  readonly stage?: string;
  /** The value of --config. */
  readonly config?: string;
}

/**
 * The files of a stage's settings. `--config`, ROLEBRIDGE_CONFIG and the package of a function each name exactly one file, in
 * this order. Otherwise they are rolebridge.yml and rolebridge.<stage>.yml beside it.
 * @throws ConfigError if a file above this folder belongs to another user
 */
export const configPaths = (
  choice: ConfigChoice,
  environment: NodeJS.ProcessEnv = process.env,
  folder = process.cwd(),
): ConfigPaths => {
  const named = namedConfig(choice, environment);
  return named === undefined ? nearestPaths(choice.stage, folder) : [named];
};

/** The file that is named exactly, so that no override applies. */
export const namedConfig = (
  { config }: ConfigChoice,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined => {
  const root = environment['LAMBDA_TASK_ROOT'];
  // Empty counts as not set, as in the AWS SDK.
  return (
    config ??
    (environment['ROLEBRIDGE_CONFIG'] || (root === undefined ? undefined : join(root, packagedFile)))
  );
};

/** The file in the functions' packages, from their root. scripts/package-settings.ts writes it. */
export const packagedFile = 'dist/rolebridge.yml';

/**
 * The files that `serverless` packs for a stage. The service's folder holds them, or ROLEBRIDGE_CONFIG names one: a file above
 * the folder does not belong to the service.
 */
export const serviceConfigPaths = (
  stage: string,
  environment: NodeJS.ProcessEnv = process.env,
): ConfigPaths => {
  const named = environment['ROLEBRIDGE_CONFIG'];
  return named ? [named] : withOverride(fileName, stage);
};

/**
 * Reads the environment variables, without rolebridge.yml.
 * @throws ConfigError if a number is not valid
 */
export const loadEnvironment = (environment: NodeJS.ProcessEnv = process.env): Environment => {
  const googleEndpoint = environment['ROLEBRIDGE_GOOGLE_ENDPOINT'];
  const queueUrl = environment['ROLEBRIDGE_QUEUE_URL'];
  const maxReceives = environment['ROLEBRIDGE_MAX_RECEIVES'];
  const table = environment['ROLEBRIDGE_TABLE'];
  const stage = environment['ROLEBRIDGE_STAGE'];
  const googleAccessToken = environment['GOOGLE_OAUTH_ACCESS_TOKEN'];
  return Object.freeze({
    region: environment['AWS_REGION'] ?? stackRegion,
    ...(googleEndpoint === undefined ? {} : { googleEndpoint }),
    ...(queueUrl === undefined ? {} : { queueUrl }),
    ...(maxReceives === undefined ? {} : { maxReceives: receivesOf(maxReceives) }),
    ...(table === undefined ? {} : { table }),
    ...(stage === undefined ? {} : { stage }),
    ...(googleAccessToken === undefined ? {} : { googleAccessToken }),
  });
};

/** The account deployed to, as the queue's URL names it: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME. */
const accountOf = (queueUrl: string | undefined): string | undefined => queueUrl?.split('/').at(-2);

/** The range that SQS allows. With any other text, no try would count as the last one, and a failure would not be reported. */
const receivesOf = (text: string): number => {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text);
  throw new ConfigError('The environment', [
    {
      setting: 'ROLEBRIDGE_MAX_RECEIVES',
      message: `"${text}" is not a number from 1 to 1000; serverless.yml sets it to the queue's maxReceiveCount`,
    },
  ]);
};
