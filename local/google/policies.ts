import type { Condition } from './conditions.ts';

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

export interface PolicyRules {
  /** Larger policies are rejected. Google documents no limit for service accounts. */
  maxPolicyBytes: number;
  /** Members that are rejected permanently, as by an organization policy. */
  readonly rejectedMembers: Set<string>;
  readonly poolExists: (poolName: string) => boolean;
}
