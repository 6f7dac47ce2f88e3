import type { Answer } from './core/answer.ts';
import type { CallerProof } from './core/caller-proof.ts';
import type { DriftDetail } from './core/drift.ts';
import type { GoogleRoleState } from './core/google-role.ts';
import type { PoolState } from './core/google-side.ts';
import type { HeldDetail } from './core/held.ts';
import type { AllowPolicy } from './core/iam-policy.ts';
import type { SecondLook } from './core/message.ts';
import type { PresentRole, RoleRef, RoleState } from './core/model.ts';
import type { ObservedParameter } from './core/observed.ts';
import type { Outcome } from './core/outcome.ts';
import type { PoolOwnership } from './core/ownership.ts';
import type { AccountRegion } from './core/region.ts';
import type { Scope } from './core/scope.ts';
import type { ResourceName } from './core/service-account.ts';
import type { ItemKey, StoredItem } from './core/table-item.ts';

/** Every port throws RetryableError or PermanentError, never anything else on purpose. */

export interface RoleReader {
  /** `absent` only if IAM of the role's own account answers so; the ref comes back in IAM's own spelling. */
  readonly read: (ref: RoleRef) => Promise<RoleState>;
}

export interface ParameterWrite {
  readonly name: string;
  readonly value: string;
  readonly description: string;
  /** The parameter exists, with another type. */
  readonly isOtherType?: boolean;
}

export interface ParameterStore {
  /** All parameters directly under a path, in one region of an account; complete, or it throws. */
  readonly list: (place: AccountRegion, path: string) => Promise<readonly ObservedParameter[]>;
  /**
   * Creates or overwrites. AWS may refuse to overwrite a parameter of another type: one that was seen to be of another type
   * is then deleted and created again. If only the creation fails, it throws RetryableError for any reason.
   */
  readonly put: (place: AccountRegion, parameter: ParameterWrite) => Promise<void>;
  /** A missing parameter counts as removed. */
  readonly remove: (place: AccountRegion, name: string) => Promise<void>;
}

/** A policy that cannot be read is an error for every answer of Google's: one 403 or 404 does not prove absence. */
export interface PolicyRead {
  readonly kind: 'read';
  readonly policy: AllowPolicy;
  /** For a bucket: the number of the project that has it now. */
  readonly owner?: string;
  /** Why a binding would give no access there, and the next step. */
  readonly noBinds?: string;
}

/**
 * `conflict`: someone wrote since the etag was read. `rejected`: Google will never take this policy; `isUncertain`: but it
 * may have taken it at an earlier try, whose answer was lost.
 */
export type PolicyWrite =
  | { readonly kind: 'written'; readonly policy: AllowPolicy }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'rejected'; readonly reason: string; readonly isUncertain?: true };

export interface PolicyStore {
  readonly read: (resource: ResourceName) => Promise<PolicyRead>;
  /** Throws PermanentError for a policy without an etag: writing it could lose other people's edits. */
  readonly write: (resource: ResourceName, policy: AllowPolicy) => Promise<PolicyWrite>;
}

/** Reads the permissions of a Google role. Never throws: a role that cannot be read is `unreadable`. */
export type GoogleRoles = (googleRole: string) => Promise<GoogleRoleState>;

/** The ledger's table. Reads are strongly consistent and complete, or they throw. `lost`: someone else wrote first. */
export interface Table {
  /** Those of the items that exist. */
  readonly read: (keys: readonly ItemKey[]) => Promise<readonly StoredItem[]>;
  /** Every item of one partition. */
  readonly list: (pk: string) => Promise<readonly StoredItem[]>;
  /** Every item of the table. */
  readonly scan: () => Pages<StoredItem>;
  /** `expected`: the revision that is replaced; left out where the item must not exist. */
  readonly write: (
    item: ItemKey & { readonly body: string },
    expected?: string,
  ) => Promise<{ readonly kind: 'written'; readonly revision: string } | { readonly kind: 'lost' }>;
  /** An item that is gone counts as removed. */
  readonly remove: (
    key: ItemKey,
    expected: string,
  ) => Promise<{ readonly kind: 'removed' } | { readonly kind: 'lost' }>;
}

/** Whether the owner of a service account lets rolebridge edit its allow policy. */
export interface OptIns {
  /**
   * True if Google confirms that we may not write the account's allow policy. Google answers the same for an
   * account that does not exist, so ask only about accounts that a listing contains.
   */
  readonly isOptedOut: (resource: ResourceName) => Promise<boolean>;
}

/** Reads one pool: `projects/P/locations/global/workloadIdentityPools/POOL`. */
export type PoolReader = (name: string) => Promise<PoolState>;

/** Reads who owns a pool (docs/adr/0021). Never throws: a pool that cannot be read is `unproven`. `isFresh`: use no earlier answer. */
export interface PoolOwnerships {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL` */
  readonly read: (pool: string, options?: { readonly isFresh?: boolean }) => Promise<PoolOwnership>;
}

/** Identifies the person who answers the sweep. */
export interface Callers {
  /** The caller's ARN. @throws PermanentError for a proof that is not good for this answer */
  readonly identify: (answer: Answer, proof: CallerProof) => Promise<string>;
}

export interface OutcomeSink {
  readonly send: (outcomes: readonly Outcome[]) => Promise<void>;
}

/** Copies of outcomes, for the team of another account. */
export interface OutcomeMirror {
  readonly send: (accountId: string, outcomes: readonly Outcome[]) => Promise<void>;
}

export interface SecondLooks {
  readonly schedule: (looks: readonly SecondLook[]) => Promise<void>;
}

export interface Clock {
  readonly now: () => Date;
  /** Rejects if the signal aborts first. */
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface Logger {
  readonly info: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** Items of the scope that are in the table (`pk sk`), as long as the table is of that generation. */
export interface EnteredScope {
  generation: string | undefined;
  readonly keys: Set<string>;
}

export interface Ports {
  readonly roles: RoleReader;
  readonly parameters: ParameterStore;
  readonly policies: PolicyStore;
  /** Missing if no rule grants a Google role on a resource. */
  readonly googleRoles?: GoogleRoles;
  readonly table: Table;
  /** Items that this container knows to be in the table. */
  readonly entered: EnteredScope;
  /** Everything used so far, by the ledger's table; read once in a container's life. @throws Failure */
  readonly scope: () => Promise<Scope>;
  /** Confirms that a service account is absent. */
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly ownerships: PoolOwnerships;
  readonly outcomes: OutcomeSink;
  /** Missing if rolebridge.yml does not ask for it. */
  readonly mirror?: OutcomeMirror;
  readonly secondLooks: SecondLooks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A listing, page by page. If it throws, everything before that exists, and more may exist. */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** Lists everything in both clouds, for the sweep. */
export interface Listings {
  /** Every role of an AWS account, with its tags. */
  readonly roles: (accountId: string) => Pages<PresentRole>;
  /** Every parameter under a prefix, at any depth. */
  readonly parameters: (place: AccountRegion, prefix: string) => Pages<ObservedParameter>;
  readonly serviceAccounts: (project: string) => Pages<ResourceName>;
}

export interface SweepSink {
  readonly drifts: (drifts: readonly DriftDetail[]) => Promise<void>;
  readonly held: (held: readonly HeldDetail[]) => Promise<void>;
}

export interface SweepPorts {
  readonly listings: Listings;
  readonly policies: Pick<PolicyStore, 'read'>;
  readonly googleRoles?: GoogleRoles;
  readonly table: Table;
  readonly optIns: OptIns;
  readonly ownerships: PoolOwnerships;
  readonly sink: SweepSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Changes that a person may make to a role, with their own permission. */
export interface RoleTags {
  /** Removes tags; keys that the role does not have are ignored. */
  readonly untag: (ref: RoleRef, keys: readonly string[]) => Promise<void>;
}

/** A part of the deployed stack, and its new state. */
export interface StoppedRule {
  readonly rule: string;
  readonly kind: 'stopped' | 'absent';
}

/** The deployed stack, as a person's AWS credentials reach it. */
export interface DeployedStack {
  readonly isDeployed: () => Promise<boolean>;
  /** Invokes the sweep, with the caller's own answer if there is one, and waits for what it answers. */
  readonly sweep: (answer?: Answer) => Promise<unknown>;
  /**
   * Disables the rules of role events and the schedule. Enables the drift rule, because its events remove everything, and grant
   * nothing while everything is revoked. A rule that does not exist is ignored.
   */
  readonly stopRules: () => Promise<readonly StoppedRule[]>;
  /** Enables all rules again. */
  readonly startRules: () => Promise<void>;
  /** Deletes the messages that wait in the queue. */
  readonly purgeQueue: () => Promise<void>;
  /** Counts messages that wait, are delayed, or are being handled; none if there is no queue. */
  readonly queuedMessages: () => Promise<number>;
}
