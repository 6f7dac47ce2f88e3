import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { isRecord } from '../core/json.ts';
import type { Settings } from '../core/settings.ts';
import { stackRegion } from '../core/stack.ts';
import type { TrustedPools } from '../core/trusted-pools.ts';
import { consistencyProblems } from './consistency.ts';
import { ConfigError } from './error.ts';
import { formProblem } from './messages.ts';
import { settingsSchema } from './schema.ts';
import { pathText, readYaml, type YamlText } from './yaml.ts';

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
    settings: loadSettings(configPath(environment), accountOf(rest.queueUrl)),
    ...rest,
  });
};

/**
 * Reads the text of a rolebridge.yml.
 * @throws ConfigError with every error, its path and its position
 */
export const parseSettings = (text: string, path = 'rolebridge.yml', ownAccount?: string): Settings => {
  const yaml = readSettingsYaml(text, path);
  const parsed = v.safeParse(settingsSchema, yaml.value);
  // Consistency can be checked only if the form is right.
  const problems = [
    ...yaml.problems,
    ...(parsed.issues ?? []).map((issue) => formProblem(issue, yaml)),
    ...(parsed.typed ? consistencyProblems(parsed.output, ownAccount) : []).map(({ path: at, message }) => ({
      text: `${pathText(at)}: ${message}`,
      position: yaml.positionOf(at),
    })),
  ];
  if (problems.length > 0 || !parsed.success) throw new ConfigError(path, problems);
  return deepFreeze(parsed.output);
};

/**
 * Reads the YAML without checking the settings in it.
 * @throws ConfigError if it is not YAML, or empty
 */
export const readSettingsYaml = (text: string, path: string): YamlText => {
  const yaml = readYaml(text);
  if (!yaml.isComplete) throw new ConfigError(path, yaml.problems);
  if (yaml.value !== null) return yaml;
  throw new ConfigError(path, [
    { text: 'is empty. Copy rolebridge.example.yml to it, edit it, and run "rolebridge setup".' },
  ]);
};

/**
 * The path of rolebridge.yml: exactly ROLEBRIDGE_CONFIG, or in a function's package, or else the nearest one in this folder
 * and those above it, as git finds a checkout. If there is none, the path names this folder's.
 * @throws ConfigError if the one above belongs to another user, who would decide what we do with the caller's credentials
 */
export const configPath = (environment: NodeJS.ProcessEnv = process.env, folder = process.cwd()): string => {
  const root = environment['LAMBDA_TASK_ROOT'];
  // Empty counts as not set, as in the AWS SDK.
  const named = environment['ROLEBRIDGE_CONFIG'] || (root === undefined ? '' : join(root, fileName));
  return named === '' ? nearestConfig(folder) : named;
};

const fileName = 'rolebridge.yml';

const nearestConfig = (folder: string): string => {
  for (let above = folder; ; above = dirname(above)) {
    const path = join(above, fileName);
    if (existsSync(path)) {
      const found = relative(folder, path);
      if (above !== folder) assertOwn(path, found);
      return found;
    }
    if (above === dirname(above)) return fileName;
  }
};

const assertOwn = (path: string, shownAs: string): void => {
  const own = process.getuid?.();
  const { uid } = statSync(path);
  if (own === undefined || uid === own || uid === 0) return;
  throw new ConfigError(shownAs, [
    { text: 'belongs to another user. To use it, set ROLEBRIDGE_CONFIG to its path.' },
  ]);
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

/** @throws ConfigError if the file has errors */
export const loadSettings = (path: string, ownAccount?: string): Settings =>
  parseSettings(readSettingsText(path), path, ownAccount);

/** Ten thousand accounts with a line each are half of it. A larger text keeps the parser busy for minutes. */
const maxFileBytes = 1_000_000;

/** @throws ConfigError with the next step if the file cannot be read, or is too large to be one */
export const readSettingsText = (path: string): string => {
  const text = readText(path);
  if (Buffer.byteLength(text) > maxFileBytes)
    throw new ConfigError(path, [
      {
        text: 'is larger than 1 MB. Is it another file? Set ROLEBRIDGE_CONFIG to the path of rolebridge.yml.',
      },
    ]);
  return text;
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const isAbsent = isRecord(thrown) && thrown['code'] === 'ENOENT';
    throw new ConfigError(path, [
      {
        text: isAbsent
          ? `does not exist. Copy rolebridge.example.yml to it, edit it, and run "rolebridge setup". If it is elsewhere, set ROLEBRIDGE_CONFIG to its path.`
          : `cannot be read: ${reason}`,
      },
    ]);
  }
};

/** The account deployed to, as the queue's URL names it: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME. */
const accountOf = (queueUrl: string | undefined): string | undefined => queueUrl?.split('/').at(-2);

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
};

/** The range that SQS allows. With any other text, no try would count as the last one, and a failure would not be reported. */
const receivesOf = (text: string): number => {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text);
  throw new ConfigError('The environment', [
    {
      text: `ROLEBRIDGE_MAX_RECEIVES: "${text}" is not a number from 1 to 1000; serverless.yml sets it to the queue's maxReceiveCount`,
    },
  ]);
};
