import type { AllowPolicy } from '../../core/iam-policy.ts';
import type { ResourceName } from '../../core/service-account.ts';
import type { PolicyRead } from '../../ports.ts';
import type { GoogleSession } from './session.ts';

/** The next step if Google refuses a call about a resource's allow policy, with this message. */
export type Advice = (resource: ResourceName, message: string) => string;

/** Differences between the kinds of resources that have an allow policy. Each function makes single calls, and retries nothing. */
export interface PolicyKind {
  /** How messages name a resource. */
  readonly nameOf: (resource: ResourceName) => string;
  /** Starts a sentence about a resource that may not exist. */
  readonly subjectOf: (resource: ResourceName) => string;
  /** The next step of rolebridge's own service account. */
  readonly advice: Advice;
  /** Undefined if the answer is not an allow policy that we know. */
  readonly get: (session: GoogleSession, resource: ResourceName) => Promise<PolicyRead | undefined>;
  /** Returns the new policy; undefined if the answer is not an allow policy that we know. */
  readonly set: (
    session: GoogleSession,
    resource: ResourceName,
    policy: AllowPolicy & { readonly etag: string },
  ) => Promise<AllowPolicy | undefined>;
  /** Whether the text of Google's NOT_FOUND is about this resource. Missing if a NOT_FOUND of any text proves nothing alone. */
  readonly isNamedBy?: (resource: ResourceName, message: string) => boolean;
  /** The likely reason for which Google rejected a policy, and the next step; undefined if nothing is known. */
  readonly explainRejection?: (
    session: GoogleSession,
    resource: ResourceName,
    policy: AllowPolicy,
  ) => Promise<string | undefined>;
}
