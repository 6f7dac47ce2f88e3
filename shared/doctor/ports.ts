import type { StoredAnswer } from '../core/answer-item.ts';
import type { HeldNow } from '../core/held-now.ts';
import type { AllowPolicy } from '../core/iam-policy.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { PresentRole, Tag, Target, Timestamp } from '../core/model.ts';
import type { ObservedParameter } from '../core/observed.ts';
import type { AccountRegion } from '../core/region.ts';
import type { RoleKey } from '../core/role-key.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { GoogleRoles, PolicyRead, SweepPorts } from '../ports.ts';
import type { GoogleReader } from '../setup/ports.ts';

/** Everything that doctor reads. Nothing here writes, and each call throws RetryableError or PermanentError. */
export interface DoctorPorts {
  readonly aws: AwsView;
  /** @throws at its first call, if there are no Google credentials */
  readonly google: (settings: Settings) => GoogleView;
  /** Asks Google for a token of a service account or for the access to a resource, with the AWS credentials of this process. */
  readonly exchange: (settings: Settings, provider: string, target: Target) => Promise<Exchanged>;
  /** Everything that the sweep reads. */
  readonly survey: (settings: Settings) => SweepPorts;
  /** Another AWS account, read through its viewer role. */
  readonly member: (settings: Settings, accountId: string) => MemberView;
  readonly now: () => Date;
}

/** One AWS account: its roles, and where they are used. */
export interface AccountView {
  readonly role: (name: string) => Promise<RoleDetail>;
  readonly instanceProfiles: (roleName: string) => Promise<readonly InstanceProfile[]>;
  /** Names of the managed policies that are attached to a role. */
  readonly attachedPolicies: (roleName: string) => Promise<readonly string[]>;
  /** Running instances with one of these profiles. */
  readonly instances: (region: string, profileArns: readonly string[]) => Promise<readonly Instance[]>;
  /** All parameters directly under a path. */
  readonly parameters: (place: AccountRegion, path: string) => Promise<readonly ObservedParameter[]>;
  readonly roles: (accountId: string) => Promise<readonly PresentRole[]>;
  /** Every trail that records events in us-east-1. */
  readonly trails: () => Promise<readonly TrailState[]>;
  /** A rule of the default bus in us-east-1. */
  readonly rule: (name: string) => Promise<RuleState>;
}

/** Another AWS account than the home account. */
export interface MemberView extends AccountView {
  /** The inline policies of a role, as JSON. */
  readonly rolePolicies: (roleName: string) => Promise<readonly string[]>;
}

/** The home account, read with the caller's own credentials. The stack is in us-east-1. */
export interface AwsView extends AccountView {
  readonly identity: () => Promise<CallerIdentity>;
  readonly functionState: (name: string) => Promise<FunctionState>;
  readonly bus: (name: string) => Promise<BusState>;
  /** A rule of a bus of our own. */
  readonly busRule: (bus: string, name: string) => Promise<RuleState>;
  /** Whether EventBridge itself says that a pattern matches an event. */
  readonly isMatch: (pattern: string, event: SampleEvent) => Promise<boolean>;
  readonly eventSources: (functionName: string) => Promise<readonly EventSource[]>;
  readonly queue: (name: string) => Promise<QueueState>;
  /** The table in which a function keeps the ledger. */
  readonly ledger: (functionName: string) => Promise<LedgerState>;
  /** Lines of a function's log that report failures; the newest ones if there are many. */
  readonly failures: (functionName: string, since: Date) => Promise<readonly LogLine[]>;
  /** Lines of a function's log about events that it ignored, because its settings do not list the sender. */
  readonly unlistedEvents: (functionName: string, since: Date) => Promise<LogSearch>;
}

/** Google, read with the caller's own credentials. */
export interface GoogleView extends Omit<GoogleReader, 'projectPolicies'> {
  /** Undefined if there is no such service account. */
  readonly accountPolicy: (email: string) => Promise<AllowPolicy | undefined>;
  readonly projectPolicy: (project: string) => Promise<AllowPolicy | undefined>;
  /** The allow policy of a bucket, a dataset or another resource that a rule may name. @throws Failure */
  readonly resourcePolicy: (resource: ResourceName) => Promise<PolicyRead>;
  /** The permissions of a Google role, read as the functions read them. */
  readonly googleRoles: GoogleRoles;
  /** E-mails of the service accounts of a project. */
  readonly serviceAccounts: (project: string) => Promise<readonly string[]>;
}

export interface Absent {
  readonly kind: 'absent';
}

/** The AWS identity of this process, as STS reports it. */
export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
}

export type FunctionState =
  | Absent
  | {
      readonly kind: 'there';
      /** `Active`, `Pending`, `Inactive`, `Failed` */
      readonly state: string;
      /** `Successful`, `InProgress`, `Failed` */
      readonly lastUpdate: string;
      readonly reason: string;
      readonly roleArn: string;
    };

export type RuleState =
  | Absent
  | {
      readonly kind: 'there';
      readonly isEnabled: boolean;
      /** JSON; empty for a schedule. */
      readonly pattern: string;
      /** `rate(1 hour)`; empty for a pattern. */
      readonly schedule: string;
      /** ARNs. */
      readonly targets: readonly string[];
      /** By the ARN of a target: the role with which EventBridge calls it. */
      readonly targetRoles?: ReadonlyMap<string, string>;
    };

/** An event bus, with its policy as JSON; empty if it has none. */
export type BusState = Absent | { readonly kind: 'there'; readonly arn: string; readonly policy: string };

/** An event as EventBridge delivers it: https://docs.aws.amazon.com/eventbridge/latest/userguide/aws-events.html */
export interface SampleEvent {
  readonly version: '0';
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  /** ISO 8601 */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** An event source mapping: how Lambda polls a queue. */
export interface EventSource {
  readonly id: string;
  readonly queueArn: string;
  /** `Enabled`, `Disabled`, … */
  readonly state: string;
}

export type QueueState = Absent | { readonly kind: 'there'; readonly arn: string; readonly waiting: number };

/** The ledger's table. `absent`: the function names a table that does not exist, or none. */
export type LedgerState =
  | { readonly kind: 'absent'; readonly name: string }
  | {
      readonly kind: 'there';
      readonly name: string;
      readonly isProtected: boolean;
      readonly isRecoverable: boolean;
      readonly isEmpty: boolean;
      /** The entries of each role. */
      readonly entries?: ReadonlyMap<RoleKey, readonly LedgerEntry[]>;
      /** By AWS account: when a function last granted what an event of CloudTrail asked for, as far as the ledger shows. */
      readonly lastEvents?: ReadonlyMap<string, Timestamp>;
      /** AWS accounts that it names, also those that left rolebridge.yml. */
      readonly accounts?: readonly string[];
      /** The other AWS accounts that a sweep has reached. */
      readonly reached?: ReadonlySet<string>;
      /** Someone ran `revoke --all`, and no one has run `resume` yet. */
      readonly revokeAll?: Pick<StoredAnswer, 'at' | 'answeredBy'>;
      /** The revocations that the last sweep held, by AWS account. */
      readonly held?: readonly HeldNow[];
      /** When a sweep found that someone had emptied the table; until a person answers. */
      readonly emptiedAt?: Timestamp;
      /** Names of items that this version cannot read. */
      readonly unreadable?: readonly string[];
    };

/** The owner of an organization's trail may let others list it without letting them read it. */
export type TrailState =
  | Trail
  | { readonly kind: 'unreadable'; readonly arn: string; readonly reason: string };

export interface Trail {
  readonly kind: 'read';
  readonly arn: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly hasGlobalEvents: boolean;
  readonly isLogging: boolean;
  readonly classic: readonly ClassicSelector[];
  readonly advanced: readonly (readonly FieldSelector[])[];
  /** All its selectors in AWS's own form, for a command that keeps them. */
  readonly selectors: readonly object[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
export interface ClassicSelector {
  readonly readWriteType: string;
  readonly hasManagementEvents: boolean;
  readonly excludedSources: readonly string[];
}

/** One field of an advanced event selector: every comparison must hold. */
export interface FieldSelector {
  readonly field: string;
  readonly equals: readonly string[];
  readonly notEquals: readonly string[];
  readonly startsWith: readonly string[];
  readonly notStartsWith: readonly string[];
  readonly endsWith: readonly string[];
  readonly notEndsWith: readonly string[];
}

/** A line of a function's log that reports a failure. */
export interface LogLine {
  readonly functionName: string;
  /** ISO 8601 */
  readonly at: string;
  readonly text: string;
}

export interface LogSearch {
  readonly lines: readonly LogLine[];
  /** If not, there may be more lines. */
  readonly isComplete: boolean;
}

export type RoleDetail =
  | Absent
  | {
      readonly kind: 'there';
      readonly roleName: string;
      readonly roleId: string;
      readonly arn: string;
      readonly tags: readonly Tag[];
      /** The trust policy, as JSON. */
      readonly trust: string;
    };

export interface InstanceProfile {
  readonly name: string;
  readonly arn: string;
}

export interface Instance {
  readonly id: string;
  readonly region: string;
  /** Whether the metadata service is enabled. */
  readonly hasMetadata: boolean;
  readonly hopLimit: number;
  readonly tagKeys: readonly string[];
}

/** The result of a real token exchange, with Google's own words if it refused. */
export type Exchanged =
  | { readonly kind: 'given' }
  /** Google gave a token of the pool. Nothing shows what it permits on the resource. */
  | { readonly kind: 'unproven'; readonly reason: string }
  /**
   * `token exchange` trades AWS credentials for a token of the pool, `impersonation` trades that for one of the service account, and
   * `access` uses it on a resource.
   */
  | {
      readonly kind: 'refused';
      readonly step: 'token exchange' | 'impersonation' | 'access';
      readonly reason: string;
    };
