import type { Condition } from './conditions.ts';

export interface PolicyCell {
  readonly get: (requestedVersion: number) => LocalPolicy;
  /** As they are stored; not a copy, since every permission check reads them. */
  readonly bindings: () => readonly LocalBinding[];
  readonly set: (policy: LocalPolicy, updateMask?: string) => LocalPolicy;
  /** As it is stored, without its etag. */
  readonly current: () => LocalPolicy;
  /** Somebody else's edit: stored as it is, unchecked and unmerged, under a new etag. */
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
  /** Size at which a policy is rejected as too large. Google names no number for service accounts. */
  maxPolicyBytes: number;
  /** Members rejected for good, as by an organisation's policy. */
  readonly rejectedMembers: Set<string>;
  readonly poolExists: (poolName: string) => boolean;
}
