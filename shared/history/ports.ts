import type { Timestamp } from '../core/model.ts';
import type { Clock, RoleReader, Table } from '../ports.ts';

/** Everything that history reads. Nothing here writes, and each call throws RetryableError or PermanentError. */
export interface HistoryPorts {
  readonly logs: FunctionLogs;
  readonly table: Pick<Table, 'scan'>;
  readonly roles: RoleReader;
  readonly clock: Clock;
}

/** The logs of the deployed functions. */
export interface FunctionLogs {
  /** Undefined if CloudWatch Logs confirms that the function has no log group. */
  readonly extent: (functionName: string) => Promise<LogExtent | undefined>;
  /** The lines that match a filter pattern, the oldest first. */
  readonly search: (functionName: string, query: LogQuery) => Promise<LogSearch>;
}

export interface LogExtent {
  readonly createdAt: Timestamp;
  /** Left out if the log is kept forever. */
  readonly retentionDays?: number;
}

export interface LogQuery {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern: string;
  readonly since: Date;
  /** @default up to the newest line */
  readonly until?: Date;
}

export interface LogSearch {
  readonly lines: readonly LoggedLine[];
  /** Set if the search reached a limit: later lines were not searched. */
  readonly cut?: { readonly after: Timestamp; readonly reason: string };
}

export interface LoggedLine {
  /** CloudWatch's own id of the line. */
  readonly eventId: string;
  readonly at: Timestamp;
  readonly text: string;
}
