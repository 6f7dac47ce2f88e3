import type { DriftDetail } from './core/drift.ts';
import type { HeldDetail } from './core/held.ts';
import type { AllowPolicy } from './core/iam-policy.ts';
import type { Cause, PresentRole, RoleRef, RoleState } from './core/model.ts';
import type { ObservedParameter } from './core/observed.ts';
import type { Outcome } from './core/outcome.ts';
import type { Scope } from './core/scope.ts';
import type { ResourceName } from './core/service-account.ts';
import type { SweepRequest } from './core/sweep-request.ts';

/** Every port throws RetryableError or PermanentError, never anything else on purpose. */

export interface RoleReader {
  /** `absent` only if IAM of the role's own account says so; the ref comes back in IAM's own spelling. */
  readonly read: (ref: RoleRef) => Promise<RoleState>;
}

export interface ParameterStore {
  /** All parameters directly under a path, in one region; complete, or it throws. */
  readonly list: (region: string, path: string) => Promise<readonly ObservedParameter[]>;
  /** Creates or overwrites. */
  readonly put: (
    region: string,
    parameter: ObservedParameter & { readonly description: string },
  ) => Promise<void>;
  /** A parameter that is not there counts as taken away. */
  readonly remove: (region: string, name: string) => Promise<void>;
}

export type PolicyRead =
  | { readonly kind: 'read'; readonly policy: AllowPolicy }
  | { readonly kind: 'missing' };

/** `conflict`: somebody wrote since the etag was read. `rejected`: Google will never take this policy. */
export type PolicyWrite =
  | { readonly kind: 'written'; readonly policy: AllowPolicy }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'rejected'; readonly reason: string };

export interface PolicyStore {
  readonly read: (resource: ResourceName) => Promise<PolicyRead>;
  /** Throws PermanentError for a policy without an etag: writing it could lose other people's edits. */
  readonly write: (resource: ResourceName, policy: AllowPolicy) => Promise<PolicyWrite>;
}

export interface OutcomeSink {
  readonly send: (outcomes: readonly Outcome[]) => Promise<void>;
}

/** A second look at a role, asked for now and taken two minutes later. */
export interface SecondLook {
  readonly ref: RoleRef;
  readonly cause: Cause;
  /** What was refused or failed at the first look: only news is told again. */
  readonly told: string;
  /** Where the first look looked: whoever read older tags may have bound there since. */
  readonly lookedAt: readonly ResourceName[];
}

export interface SecondLooks {
  readonly schedule: (looks: readonly SecondLook[]) => Promise<void>;
}

export interface Clock {
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface Logger {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export interface Ports {
  readonly roles: RoleReader;
  readonly parameters: ParameterStore;
  readonly policies: PolicyStore;
  readonly outcomes: OutcomeSink;
  readonly secondLooks: SecondLooks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A listing, page by page. What was seen before it throws was there; what was not seen may be there as well. */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** Lists everything of everything, for the sweep. */
export interface Listings {
  /** Every role of the account that our credentials look into, with its tags. */
  readonly roles: (accountId: string) => Pages<PresentRole>;
  /** Every parameter under a prefix, at any depth. */
  readonly parameters: (region: string, prefix: string) => Pages<ObservedParameter>;
  readonly serviceAccounts: (project: string) => Pages<ResourceName>;
}

/** What the sweep remembers between its runs. */
export interface ScopeStore {
  /** Empty where nothing was ever remembered; throws PermanentError for what is not a scope. */
  readonly read: () => Promise<Scope>;
  readonly write: (scope: Scope) => Promise<void>;
}

export interface SweepSink {
  readonly drifts: (drifts: readonly DriftDetail[]) => Promise<void>;
  readonly held: (held: HeldDetail) => Promise<void>;
}

export interface SweepPorts {
  readonly listings: Listings;
  readonly policies: Pick<PolicyStore, 'read'>;
  readonly scope: ScopeStore;
  readonly sink: SweepSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a person may do to a role, with their own permission. */
export interface RoleTags {
  /** Takes tags away; keys that the role has not are none of its concern. */
  readonly untag: (ref: RoleRef, keys: readonly string[]) => Promise<void>;
}

/** A part of the deployed stack, and what became of it. */
export interface StoppedRule {
  readonly rule: string;
  readonly kind: 'stopped' | 'absent';
}

/** The deployed stack, as a person's AWS credentials reach it. */
export interface DeployedStack {
  /** Invokes the sweep, and waits for what it answers. */
  readonly sweep: (request: SweepRequest) => Promise<unknown>;
  /** Disables the rules that feed the queue, and the schedule. A rule that is not there feeds nothing. */
  readonly stopRules: () => Promise<readonly StoppedRule[]>;
  /** Throws away what waits in the queue. */
  readonly purgeQueue: () => Promise<void>;
  /** Messages that wait, that are delayed, or that a function has in hand; none where there is no queue. */
  readonly queuedMessages: () => Promise<number>;
}

/** What can be soft-deleted for 30 days and disabled: its id is taken all the while. */
export type Soft<T> =
  | { readonly kind: 'absent' }
  | (T & { readonly kind: 'there'; readonly isDeleted: boolean; readonly isDisabled: boolean });

export type PoolState = Soft<{ readonly description: string }>;

export type ProviderState = Soft<{
  /** Undefined for a provider of another kind than AWS. */
  readonly awsAccountId?: string;
  /** As it is stored: without any, Google maps by its own default. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}>;

export type CustomRoleState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'there'; readonly isDeleted: boolean; readonly permissions: readonly string[] };

/** The Google side as its administrators see it, read alone. Each call throws where Google does not let us look. */
export interface GoogleSide {
  /** By id or number. */
  readonly project: (idOrNumber: string) => Promise<{ readonly id: string; readonly number: string }>;
  readonly isServiceEnabled: (project: string, service: string) => Promise<boolean>;
  /** `projects/P/locations/global/workloadIdentityPools/POOL` */
  readonly pool: (name: string) => Promise<PoolState>;
  /** `…/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly provider: (name: string) => Promise<ProviderState>;
  readonly serviceAccount: (
    email: string,
  ) => Promise<{ readonly kind: 'absent' } | { readonly kind: 'there'; readonly isDisabled: boolean }>;
  /** `projects/P/roles/ROLE` */
  readonly customRole: (name: string) => Promise<CustomRoleState>;
  /** Allow policies of projects: `projects/P`. */
  readonly projectPolicies: PolicyStore;
}
