import type { Tag } from '../core/model.ts';

/** What the doctor reads of AWS, as data; of Google: ../google-side.ts. */

export interface Absent {
  readonly kind: 'absent';
}

/** Whom AWS says that we are. */
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
    };

/** How Lambda takes from a queue. */
export interface EventSource {
  readonly id: string;
  readonly queueArn: string;
  /** `Enabled`, `Disabled`, … */
  readonly state: string;
}

export type QueueState = Absent | { readonly kind: 'there'; readonly arn: string; readonly waiting: number };

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html */
export interface ClassicSelector {
  readonly readWriteType: string;
  readonly hasManagementEvents: boolean;
  readonly excludedSources: readonly string[];
}

/** Of an advanced event selector: every comparison must hold. */
export interface FieldSelector {
  readonly field: string;
  readonly equals: readonly string[];
  readonly notEquals: readonly string[];
  readonly startsWith: readonly string[];
  readonly notStartsWith: readonly string[];
  readonly endsWith: readonly string[];
  readonly notEndsWith: readonly string[];
}

export interface Trail {
  readonly kind: 'read';
  readonly arn: string;
  readonly homeRegion: string;
  readonly isMultiRegion: boolean;
  readonly hasGlobalEvents: boolean;
  readonly isLogging: boolean;
  readonly classic: readonly ClassicSelector[];
  readonly advanced: readonly (readonly FieldSelector[])[];
}

/** An organisation's trail may be seen, and not looked into. */
export type TrailState =
  | Trail
  | { readonly kind: 'unreadable'; readonly arn: string; readonly reason: string };

/** A line of a function's log that tells of a failure. */
export interface LogLine {
  readonly functionName: string;
  /** ISO 8601 */
  readonly at: string;
  readonly text: string;
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

export interface Instance {
  readonly id: string;
  readonly region: string;
  /** Whether the metadata service answers at all. */
  readonly hasMetadata: boolean;
  readonly hopLimit: number;
  readonly tagKeys: readonly string[];
}
