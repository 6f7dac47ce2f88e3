import type { GoogleRoleState } from './google-role.ts';
import type { Inherited } from './inherited.ts';
import type { RoleRef } from './model.ts';
import type { ResourceName } from './service-account.ts';
import { type AccessName, accessOf, type Site } from './target.ts';

export type Mode = 'sync' | 'upsert-only' | 'dry-run';

/** One rule of the guardrail. */
export type AllowRule = ServiceAccountRule | GrantRule;

interface RuleForRoles {
  /** @default all configured AWS accounts */
  readonly accounts?: readonly string[];
  /** Globs know `*` (any run of characters) and `?` (one character). */
  readonly roles: readonly string[];
  readonly maxDays?: number;
}

/** Service accounts that may be asked for: a glob. */
export interface ServiceAccountRule extends RuleForRoles {
  readonly to: string;
}

/** A Google role that may be asked for on resources, each named exactly (docs/direct-access.md). */
export interface GrantRule extends RuleForRoles {
  readonly grant: string;
  readonly on: readonly [ResourceName, ...ResourceName[]];
  /** Permissions beyond the kind's own list. */
  readonly alsoPermit?: readonly string[];
  /** The project that clients use. @default the resource's */
  readonly clientProject?: string;
}

export interface GoogleEndpoints {
  readonly iam?: string;
  readonly sts?: string;
  readonly iamcredentials?: string;
  readonly cloudresourcemanager?: string;
  readonly serviceusage?: string;
  readonly storage?: string;
  readonly bigquery?: string;
  readonly secretmanager?: string;
  readonly pubsub?: string;
  readonly policyanalyzer?: string;
}

/** Only for the stack (stack/notifications.ts): the functions do not read it. One of `email` and `topicArn` is set. */
export interface Notifications {
  readonly email?: string;
  readonly topicArn?: string;
  readonly outcomes: readonly (
    | 'Granted'
    | 'Revoked'
    | 'Refused'
    | 'Failed'
    | 'Forgotten'
    | 'Revocations Held'
  )[];
}

/** How the teams of other AWS accounts see the outcomes of their own roles (docs/organization.md). */
export interface AccountOutcomes {
  /** Outcomes also go to the default bus of the role's account. */
  readonly mirror: boolean;
  /** The state of each grant is published beside its config, in every account. */
  readonly status: boolean;
}

/** Only for the stack (stack/company-rules.ts) and its names (stack.ts): the functions do not read it. */
export interface DeploySettings {
  readonly permissionsBoundary?: string;
  /** `/platform/` */
  readonly rolePath?: string;
  readonly roleNamePrefix?: string;
  readonly stackTags?: Readonly<Record<string, string>>;
  readonly deploymentBucket?: string;
  readonly cloudFormationRole?: string;
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  readonly kmsKey?: string;
  readonly logRetentionDays?: number;
}

export type Regions = readonly [string, ...string[]];

/** One AWS account. */
export interface AccountSettings {
  readonly id: string;
  /** Its provider in the pool. */
  readonly provider: string;
  /** Where its configs are published. @default the file's regions (regionsOf) */
  readonly regions?: Regions;
}

/** rolebridge.yml, checked and complete (docs/configuration.md). */
export interface Settings {
  readonly google: {
    readonly project: string;
    readonly projectNumber: string;
    readonly pool: string;
    /** Pools that earlier files named, in the form that members use. They come from the ledger's table, never from the file. */
    readonly formerPools?: readonly string[];
    /** Google roles on resources that earlier files named. They come from the ledger's table, never from the file. */
    readonly formerSites?: readonly Site[];
    /** Members at these sites that are not ours, although they are of our pools. */
    readonly inherited?: Inherited;
    /** The pools whose members `inherited` covers at a site; all of them at a site that is not here. */
    readonly coveredPools?: ReadonlyMap<AccessName, readonly string[]>;
    /** The permissions of the Google roles that rules name, as they were read in this run. */
    readonly roles?: ReadonlyMap<string, GoogleRoleState>;
    readonly serviceAccount: string;
    readonly projects: readonly string[];
    readonly endpoints: GoogleEndpoints;
  };
  /** The AWS account that rolebridge is deployed to; there if there are several. @default the only account (homeOf) */
  readonly home?: string;
  /** The AWS organization that all accounts are in; there if there are more than `mostListedAccounts`. */
  readonly organization?: string;
  readonly accounts: readonly AccountSettings[];
  /** For accounts without regions of their own; regionsOf has those of one account. */
  readonly regions: Regions;
  readonly parameterPrefix: string;
  /** Prefixes that were `parameterPrefix` before: the sweep clears them, and the functions' roles may. */
  readonly formerParameterPrefixes: readonly string[];
  readonly tagKey: string;
  readonly mode: Mode;
  readonly sweep: {
    readonly schedule: string;
    readonly maxRevocations: number;
    readonly parameterReadsPerSecond: number;
  };
  readonly accountOutcomes?: AccountOutcomes;
  readonly notifications?: Notifications;
  readonly deploy?: DeploySettings;
  readonly allow: readonly AllowRule[];
}

/**
 * The most accounts that policies list one by one; beyond that, they name the organization. A bus policy has at most 10 KB
 * (PutPermission in the EventBridge API reference), and an account takes about 50 characters of it.
 */
export const mostListedAccounts = 100;

/** The workload identity pool, as members and audiences name it. */
export const poolPath = ({
  google,
}: {
  readonly google: Pick<Settings['google'], 'projectNumber' | 'pool'>;
}): string => `projects/${google.projectNumber}/locations/global/workloadIdentityPools/${google.pool}`;

/** Pools whose role members may be ours: the file's own, and those that earlier files named. */
export const ourPools = (settings: Settings): readonly string[] => [
  poolPath(settings),
  ...(settings.google.formerPools ?? []),
];

export const isGrantRule = (rule: AllowRule): rule is GrantRule => 'grant' in rule;

/** The Google roles on resources that the file names, each once: several rules may name one. */
export const fileSites = ({ allow }: Pick<Settings, 'allow'>): readonly Site[] => {
  const sites = allow
    .filter(isGrantRule)
    .flatMap(({ grant, on }) => on.map((resource): Site => ({ googleRole: grant, resource })));
  return [...new Map(sites.map((site) => [accessOf(site), site])).values()];
};

/** Google roles on resources under which members of our pools may be ours: those that the file names, and those that earlier files named. */
export const ourSites = (settings: Pick<Settings, 'allow' | 'google'>): readonly Site[] => [
  ...fileSites(settings),
  ...(settings.google.formerSites ?? []),
];

/** The AWS account that rolebridge is deployed to. A file with several accounts must name it, and every file has one. */
export const homeOf = ({ home, accounts }: Pick<Settings, 'home' | 'accounts'>): string =>
  home ?? accounts[0]?.id ?? '';

/** Every configured AWS account. */
export const accountIdsOf = ({ accounts }: Pick<Settings, 'accounts'>): readonly string[] =>
  accounts.map(({ id }) => id);

interface PublishingSettings extends Pick<Settings, 'regions'> {
  readonly accounts: readonly Pick<AccountSettings, 'id' | 'regions'>[];
}

/** The regions in which an AWS account's configs are published: none if the account is not configured. */
export const regionsOf = (
  { accounts, regions }: PublishingSettings,
  accountId: string,
): readonly string[] => {
  const account = accountOf(accounts, accountId);
  return account === undefined ? [] : (account.regions ?? regions);
};

/** Every region of any configured account, each once. */
export const allRegions = (settings: PublishingSettings): readonly string[] => [
  ...new Set(settings.accounts.flatMap(({ id }) => regionsOf(settings, id))),
];

/** Prefixes under which our parameters may be. */
export const watchedPrefixes = (settings: Settings): readonly string[] => [
  settings.parameterPrefix,
  ...settings.formerParameterPrefixes,
];

/** The provider of an AWS account in our pool; undefined if the account is not configured. */
export const providerOf = (settings: Settings, ref: RoleRef): string | undefined =>
  ref.partition === 'aws' ? accountOf(settings.accounts, ref.accountId)?.provider : undefined;

/** Found by an index: a search through the list for each role would take time that grows with the square of the accounts. */
const accountOf = <Account extends Pick<AccountSettings, 'id'>>(
  accounts: readonly Account[],
  accountId: string,
): Account | undefined => {
  const known = positions.get(accounts) ?? new Map(accounts.map(({ id }, position) => [id, position]));
  positions.set(accounts, known);
  const position = known.get(accountId);
  return position === undefined ? undefined : accounts[position];
};

/** The place of each id in a list of accounts, which never changes. */
const positions = new WeakMap<readonly object[], ReadonlyMap<string, number>>();
