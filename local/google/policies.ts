import type { Condition } from './conditions.ts';
import type { GoogleError } from './errors.ts';

export interface PolicyCell {
  readonly get: (requestedVersion: number) => LocalPolicy;
  /** The stored bindings. Not a copy, because every permission check reads them. */
  readonly bindings: () => readonly LocalBinding[];
  readonly set: (policy: LocalPolicy, updateMask?: string) => LocalPolicy;
  /** A copy of the stored policy, without its etag. */
  readonly current: () => LocalPolicy;
  /** Someone else's edit: stored unchecked and unmerged, under a new etag. */
  readonly replace: (policy: LocalPolicy) => void;
}

export interface LocalBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition;
}

export interface LocalPolicy {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly LocalBinding[];
  readonly [field: string]: unknown;
}

/** The differences between one kind of resource and IAM's service accounts. */
export interface PolicyKind {
  /** The answer to a stale etag. @default 409 ABORTED */
  readonly stale?: () => GoogleError;
  /** Refuses more than every kind does. @throws GoogleError */
  readonly check?: (policy: LocalPolicy) => void;
  /** The answer to a read below version 3 if there are conditions. @default they are hidden behind role names */
  readonly tooOld?: (requestedVersion: number) => GoogleError;
}

export interface PolicyRules {
  /** Larger policies are rejected. Google documents no limit for service accounts. */
  maxPolicyBytes: number;
  /** Members that are rejected permanently, as by an organization policy. */
  readonly rejectedMembers: Set<string>;
  readonly poolExists: (poolName: string) => boolean;
}
