import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partition } from '@aws-sdk/core/client';
import * as v from 'valibot';
import { type Document, parseDocument } from 'yaml';
import { type ParsedSettings, settingsSchema } from './config-schema.ts';
import { globsMeet } from './core/glob.ts';
import { longPrefixError, manyPrefixesError } from './core/parameter-limits.ts';
import { isAwsRegion } from './core/region.ts';
import { scheduleError } from './core/schedule.ts';
import { projectOf } from './core/service-account.ts';
import type { Settings } from './core/settings.ts';
import { stackRegion } from './core/stack.ts';
import type { TrustedPools } from './core/trusted-pools.ts';

/** The prefix of rolebridge's own parameters: /rolebridge/<stage>/scope. */
const ownPrefix = '/rolebridge';

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

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly errors: readonly string[];
  constructor(path: string, errors: readonly string[]) {
    super(
      `${path} has ${errors.length} error${errors.length === 1 ? '' : 's'}:\n${errors.map((error) => `  ${error}`).join('\n')}`,
    );
    this.errors = errors;
  }
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
 * @throws ConfigError with every error and its path
 */
export const parseSettings = (text: string, path = 'rolebridge.yml', ownAccount?: string): Settings => {
  // The library only warns about some errors. The schema reports them.
  const document = parseDocument(text, { logLevel: 'error' });
  if (document.errors.length > 0)
    throw new ConfigError(
      path,
      document.errors.map(({ message }) => message),
    );
  const parsed = v.safeParse(settingsSchema, valueOf(document, path));
  // Consistency can be checked only if the form is right.
  const errors = [
    ...(parsed.issues ?? []).map((issue) => `${pathOf(issue)}: ${messageOf(issue)}`),
    ...(parsed.typed ? consistencyErrors(parsed.output, ownAccount) : []),
  ];
  if (errors.length > 0 || !parsed.success) throw new ConfigError(path, errors);
  return deepFreeze(parsed.output);
};

/** The path of rolebridge.yml. */
export const configPath = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['ROLEBRIDGE_CONFIG'] ?? join(environment['LAMBDA_TASK_ROOT'] ?? '.', 'rolebridge.yml');

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

/** `hint` says what to do if there is no such file. @throws ConfigError if the file has errors */
export const loadSettings = (
  path: string,
  ownAccount?: string,
  hint = 'Set ROLEBRIDGE_CONFIG to its path.',
): Settings => parseSettings(readSettings(path, hint), path, ownAccount);

/** The account deployed to, as the queue's URL names it: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME. */
const accountOf = (queueUrl: string | undefined): string | undefined => queueUrl?.split('/').at(-2);

/** @throws ConfigError for an alias that is undefined, or expands to more than fits into memory */
const valueOf = (document: Document.Parsed, path: string): unknown => {
  try {
    return document.toJS();
  } catch (thrown) {
    throw new ConfigError(path, [thrown instanceof Error ? thrown.message : String(thrown)]);
  }
};

/** `allow[0].to`, in the same form as in the other errors. */
const pathOf = (issue: v.BaseIssue<unknown>): string =>
  v.getDotPath(issue)?.replaceAll(/\.(\d+)/g, '[$1]') ?? '(top)';

/** In the terms of the file, where the library's message names types. */
const messageOf = (issue: v.BaseIssue<unknown>): string => {
  const { type, expected, received, message } = issue;
  if (type === 'strict_object' && expected === 'never') return unknownSetting(issue);
  if (received === 'undefined')
    return setupFillsIn.test(pathOf(issue))
      ? 'is missing: run "rolebridge setup", which fills it in'
      : 'is missing';
  return message;
};

const setupFillsIn = /^(google\.(pool|projectNumber|serviceAccount)|accounts\[\d+\]\.provider)$/;

/** `tagkey: unknown setting (did you mean tagKey?)` */
const unknownSetting = (issue: v.BaseIssue<unknown>): string => {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const key = plain(String(issue.path?.at(-1)?.key));
  const similar = settingNames(settingsSchema).find((name) => plain(name) === key);
  return similar === undefined
    ? 'unknown setting; rolebridge.example.yml lists all settings'
    : `unknown setting (did you mean ${similar}?)`;
};

/** The names of all settings in a schema, at any depth. */
const settingNames = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const { entries, wrapped, item, pipe } = { entries: {}, wrapped: [], item: [], pipe: [], ...schema };
  const inner = [wrapped, item, pipe, Object.values(entries)].flat();
  return [...Object.keys(entries), ...inner.filter((part) => part !== schema).flatMap(settingNames)];
};

const consistencyErrors = (settings: ParsedSettings, ownAccount: string | undefined): readonly string[] => [
  ...accountErrors(settings, ownAccount),
  ...repeated('regions', settings.regions),
  ...regionErrors(settings),
  ...repeated('google.projects', settings.google.projects),
  ...prefixErrors(settings),
  ...errorsAt('parameterPrefix', longPrefixError(settings)),
  ...(settings.formerParameterPrefixes.length === 0
    ? []
    : errorsAt('formerParameterPrefixes', manyPrefixesError(settings))),
  ...scheduleErrors(settings),
  ...(projectOf(settings.google.serviceAccount) === undefined
    ? ['google.serviceAccount: its e-mail names no project']
    : []),
  ...ruleErrors(settings),
  ...notificationErrors(settings),
];

const accountErrors = ({ accounts }: ParsedSettings, ownAccount: string | undefined): readonly string[] => [
  ...accounts.flatMap(({ accessRole }, index) =>
    accessRole === undefined
      ? []
      : [`accounts[${index}].accessRole: other accounts than the one deployed to are not supported yet`],
  ),
  ...accounts
    .slice(1)
    .map((_, index) => `accounts[${index + 1}]: only the account deployed to is supported yet`),
  ...(ownAccount === undefined || accounts.some(({ id }) => id === ownAccount)
    ? []
    : [`accounts: rolebridge is deployed to account ${ownAccount}, which is not listed`]),
];

const repeated = (name: string, values: readonly string[]): readonly string[] =>
  values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : [`${name}[${index}]: ${value} is listed twice`],
  );

const regionErrors = ({ regions }: ParsedSettings): readonly string[] =>
  regions.flatMap((region, index) => {
    if (!isAwsRegion(region) || partition(region).name !== 'aws')
      return [`regions[${index}]: ${region} is not a region of the partition aws`];
    return isListedRegion(region)
      ? []
      : [
          `regions[${index}]: ${region} is not a region that this version of the AWS SDK knows. Correct it; if AWS has opened it since, run npm update @aws-sdk/core`,
        ];
  });

/**
 * Whether the SDK lists a region. It treats every name of the usual form as a region, and so do its clients, so a typing
 * error would lead to a host name that does not exist. Only listed regions have a description.
 */
const isListedRegion = (region: string): boolean => 'description' in partition(region);

/** If one prefix contained another, or rolebridge's own, the inner one would look like a role's folder. */
const prefixErrors = ({ parameterPrefix, formerParameterPrefixes }: ParsedSettings): readonly string[] => {
  const prefixes = [parameterPrefix, ...formerParameterPrefixes];
  const places = [
    ['parameterPrefix', parameterPrefix],
    ...formerParameterPrefixes.map((prefix, index) => [`formerParameterPrefixes[${index}]`, prefix]),
  ];
  return places.flatMap(([place = '', prefix = ''], at) => {
    const clash = [...prefixes.slice(0, at), ownPrefix].find(
      (other) => `${prefix}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${prefix}/`),
    );
    return clash === undefined ? [] : [`${place}: ${prefix} overlaps ${clash}`];
  });
};

const errorsAt = (place: string, error: string | undefined): readonly string[] =>
  error === undefined ? [] : [`${place}: ${error}`];

/** The schema reports a text that has another form altogether. */
const scheduleErrors = ({ sweep: { schedule } }: ParsedSettings): readonly string[] =>
  /^(rate|cron)\([^()]*\)$/.test(schedule) ? errorsAt('sweep.schedule', scheduleError(schedule)) : [];

/** Rules that can never allow anything: a typing error that would be noticed only when a request is refused. */
const ruleErrors = ({ allow, accounts, google }: ParsedSettings): readonly string[] =>
  allow.flatMap((rule, index) => {
    const targets = google.projects.flatMap((project) => [
      ...emailGlobs(project),
      ...(project === google.project
        ? [`${google.projectNumber}-compute@developer.gserviceaccount.com`]
        : []),
    ]);
    const unlisted = (rule.accounts ?? []).filter((id) => !accounts.some((account) => account.id === id));
    return [
      ...(targets.some((target) => globsMeet(rule.to, target))
        ? []
        : [
            `allow[${index}].to: ${rule.to} matches no service account of google.projects, so the rule can never match`,
          ]),
      ...(rule.to === google.serviceAccount
        ? [`allow[${index}].to: rolebridge's own service account cannot be a target`]
        : []),
      ...unlisted.map(
        (id) => `allow[${index}].accounts: ${id} is not under accounts, so the rule can never match it`,
      ),
      ...rule.roles.flatMap((role, at) =>
        role.replaceAll('*', '').length > 64
          ? [`allow[${index}].roles[${at}]: longer than the 64 characters of a role name`]
          : [],
      ),
    ];
  });

/** The e-mails that a configured project's service accounts can have, as globs. */
const emailGlobs = (project: string): readonly string[] => {
  const [name = '', organisation] = project.split(':').toReversed();
  const domain = organisation === undefined ? name : `${name}.${organisation}`;
  return [
    `*@${domain}.iam.gserviceaccount.com`,
    `${domain}@appspot.gserviceaccount.com`,
    ...(/^\d+$/.test(project) ? [`${project}-compute@developer.gserviceaccount.com`] : []),
  ];
};

const notificationErrors = ({ notifications, accounts }: ParsedSettings): readonly string[] => {
  if (notifications === undefined) return [];
  const { email, topicArn, outcomes } = notifications;
  const account = topicArn?.split(':')[4];
  return [
    ...((email === undefined) === (topicArn === undefined)
      ? ['notifications: set exactly one of email and topicArn']
      : []),
    ...(account === undefined || account === accounts[0]?.id
      ? []
      : ['notifications.topicArn: the topic must be in the account deployed to']),
    ...repeated('notifications.outcomes', outcomes),
  ];
};

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
};

/** The range that SQS allows. With any other text, no try would count as the last one, and a failure would not be reported. */
const receivesOf = (text: string): number => {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text);
  throw new ConfigError('The environment', [
    `ROLEBRIDGE_MAX_RECEIVES: "${text}" is not a number from 1 to 1000; serverless.yml sets it to the queue's maxReceiveCount`,
  ]);
};

const readSettings = (path: string, hint: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError(path, [`cannot be read (${reason}). ${hint}`]);
  }
};
