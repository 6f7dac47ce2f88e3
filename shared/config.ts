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

/** Where rolebridge keeps what it remembers itself: /rolebridge/<stage>/scope. */
const ownPrefix = '/rolebridge';

/** What the environment says. This is the only file that reads it. */
export interface Environment {
  /** Where rolebridge's own Google calls go instead of to Google; never shows in what is published. */
  readonly googleEndpoint?: string;
  /** The queue for second looks and redelivery times; set in Lambda. */
  readonly queueUrl?: string;
  /** After so many receives a message goes to the dead-letter queue. */
  readonly maxReceives?: number;
  /** The ledger's table; set in Lambda. */
  readonly table?: string;
  /** The stage that is deployed; set in Lambda. With the home account it is the owner that the pool's marker names. */
  readonly stage?: string;
  readonly region: string;
  /** A person's access token; at a terminal, where it is set, instead of the application default credentials. */
  readonly googleAccessToken?: string;
}

/** rolebridge.yml and the environment. */
export interface Config extends Environment {
  readonly settings: Settings;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];
  constructor(path: string, faults: readonly string[]) {
    super(
      `${path} has ${faults.length} fault${faults.length === 1 ? '' : 's'}; nothing runs until ${faults.length === 1 ? 'it is' : 'they are'} mended:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

const accountFaults = ({ accounts }: ParsedSettings, ownAccount: string | undefined): readonly string[] => [
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

/** Rules that can never allow anything: a typing error that would be found only when somebody is refused. */
const ruleFaults = ({ allow, accounts, google }: ParsedSettings): readonly string[] =>
  allow.flatMap((rule, index) => {
    const targets = google.projects.flatMap((project) => [
      ...emailGlobs(project),
      ...(project === google.project
        ? [`${google.projectNumber}-compute@developer.gserviceaccount.com`]
        : []),
    ]);
    const unknown = (rule.accounts ?? []).filter((id) => !accounts.some((account) => account.id === id));
    return [
      ...(targets.some((target) => globsMeet(rule.to, target))
        ? []
        : [
            `allow[${index}].to: ${rule.to} matches no service account of google.projects, so the rule can never match`,
          ]),
      ...(rule.to === google.serviceAccount
        ? [`allow[${index}].to: rolebridge's own service account is never a target`]
        : []),
      ...unknown.map(
        (id) => `allow[${index}].accounts: ${id} is not under accounts, so the rule can never match it`,
      ),
      ...rule.roles.flatMap((role, at) =>
        role.replaceAll('*', '').length > 64
          ? [`allow[${index}].roles[${at}]: longer than the 64 characters of a role name`]
          : [],
      ),
    ];
  });

const told = (place: string, error: string | undefined): readonly string[] =>
  error === undefined ? [] : [`${place}: ${error}`];

/**
 * Of the regions that the SDK lists. It guesses that a name of the usual form is a region, and so do its clients: a typing
 * error would be found by a host name that does not exist. Only what it lists has a description.
 */
const isListedRegion = (region: string): boolean => 'description' in partition(region);

const regionFaults = ({ regions }: ParsedSettings): readonly string[] =>
  regions.flatMap((region, index) => {
    if (!isAwsRegion(region) || partition(region).name !== 'aws')
      return [`regions[${index}]: ${region} is not a region of the partition aws`];
    return isListedRegion(region)
      ? []
      : [
          `regions[${index}]: ${region} is not a region that this version of the AWS SDK knows. Correct it; if AWS has opened it since, run npm update @aws-sdk/core`,
        ];
  });

/** A text of another form altogether is the schema's. */
const scheduleFaults = ({ sweep: { schedule } }: ParsedSettings): readonly string[] =>
  /^(rate|cron)\([^()]*\)$/.test(schedule) ? told('sweep.schedule', scheduleError(schedule)) : [];

/** One inside the other, or the memory of the sweep inside either, would be taken for roles' folders. */
const prefixFaults = ({ parameterPrefix, formerParameterPrefixes }: ParsedSettings): readonly string[] => {
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

const notificationFaults = ({ notifications, accounts }: ParsedSettings): readonly string[] => {
  if (notifications === undefined) return [];
  const { email, topicArn, outcomes } = notifications;
  const account = topicArn?.split(':')[4];
  return [
    ...((email === undefined) === (topicArn === undefined)
      ? ['notifications: name one of email and topicArn, not both']
      : []),
    ...(account === undefined || account === accounts[0]?.id
      ? []
      : ['notifications.topicArn: the topic must be in the account deployed to']),
    ...repeated('notifications.outcomes', outcomes),
  ];
};

const consistencyFaults = (settings: ParsedSettings, ownAccount: string | undefined): readonly string[] => [
  ...accountFaults(settings, ownAccount),
  ...repeated('regions', settings.regions),
  ...regionFaults(settings),
  ...repeated('google.projects', settings.google.projects),
  ...prefixFaults(settings),
  ...told('parameterPrefix', longPrefixError(settings)),
  ...told('formerParameterPrefixes', manyPrefixesError(settings)),
  ...scheduleFaults(settings),
  ...(projectOf(settings.google.serviceAccount) === undefined
    ? ['google.serviceAccount: its e-mail names no project']
    : []),
  ...ruleFaults(settings),
  ...notificationFaults(settings),
];

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
};

/** `allow[0].to`, as the other faults spell it. */
const pathOf = (issue: v.BaseIssue<unknown>): string =>
  v.getDotPath(issue)?.replaceAll(/\.(\d+)/g, '[$1]') ?? '(top)';

/** In words of the file, where the library speaks of types. */
const messageOf = ({ type, expected, received, message }: v.BaseIssue<unknown>): string => {
  if (type === 'strict_object' && expected === 'never')
    return 'is no setting; rolebridge.example.yml lists all';
  if (received === 'undefined') return 'is missing';
  return message;
};

/** @throws ConfigError for an alias that means nothing, or so much that it would fill the memory */
const valueOf = (document: Document.Parsed, path: string): unknown => {
  try {
    return document.toJS();
  } catch (thrown) {
    throw new ConfigError(path, [thrown instanceof Error ? thrown.message : String(thrown)]);
  }
};

/**
 * Reads the text of a rolebridge.yml.
 * @throws ConfigError naming every fault with its path.
 */
export const parseSettings = (text: string, path = 'rolebridge.yml', ownAccount?: string): Settings => {
  // What the library only warns of is a fault to the schema.
  const document = parseDocument(text, { logLevel: 'error' });
  if (document.errors.length > 0)
    throw new ConfigError(
      path,
      document.errors.map(({ message }) => message),
    );
  const parsed = v.safeParse(settingsSchema, valueOf(document, path));
  // What has the wrong form altogether cannot be looked at further.
  const faults = [
    ...(parsed.issues ?? []).map((issue) => `${pathOf(issue)}: ${messageOf(issue)}`),
    ...(parsed.typed ? consistencyFaults(parsed.output, ownAccount) : []),
  ];
  if (faults.length > 0 || !parsed.success) throw new ConfigError(path, faults);
  return deepFreeze(parsed.output);
};

/** The account deployed to, as the queue's URL names it: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME. */
const accountOf = (queueUrl: string | undefined): string | undefined => queueUrl?.split('/').at(-2);

const readSettings = (path: string, hint: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError(path, [`cannot be read (${reason}). ${hint}`]);
  }
};

/** Where rolebridge.yml is. */
export const configPath = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['ROLEBRIDGE_CONFIG'] ?? join(environment['LAMBDA_TASK_ROOT'] ?? '.', 'rolebridge.yml');

/** What SQS takes. Of any other text, no try would be the last one, and a failure would not be reported. */
const receivesOf = (text: string): number => {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text);
  throw new ConfigError('The environment', [
    `ROLEBRIDGE_MAX_RECEIVES: "${text}" is not a number from 1 to 1000; serverless.yml sets it to the queue's maxReceiveCount`,
  ]);
};

/**
 * What the environment says, without rolebridge.yml.
 * @throws ConfigError where a number is none
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

/** What the environment says to the credential bridge, which has no rolebridge.yml. */
export interface BridgeEnvironment {
  readonly region?: string;
  readonly webIdentityRoleArn?: string;
  /** Where the AWS SDK would look for instance metadata. */
  readonly metadataEndpoint?: string;
  /** Origins that a credential config may name besides Google's own; as boot/fetch reads them. */
  readonly trustedEndpoints: readonly string[];
  /** As boot/fetch reads them; undefined where GOOGLE_ACCESS_POOLS is not set. */
  readonly trustedPools?: TrustedPools;
  readonly parameterPrefix?: string;
}

export const loadBridgeEnvironment = (environment: NodeJS.ProcessEnv = process.env): BridgeEnvironment => {
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

/** @throws ConfigError where the file is at fault. `hint`: what to do if it is not there. */
export const loadSettings = (
  path: string,
  ownAccount?: string,
  hint = 'Set ROLEBRIDGE_CONFIG to where it is.',
): Settings => parseSettings(readSettings(path, hint), path, ownAccount);

/** @throws ConfigError where the file or the environment is at fault. */
export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const rest = loadEnvironment(environment);
  return Object.freeze({
    settings: loadSettings(configPath(environment), accountOf(rest.queueUrl)),
    ...rest,
  });
};
