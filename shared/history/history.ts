import type { BlindSpot } from '../app/blind-spot.ts';
import { toFailure } from '../core/errors.ts';
import type { RoleRef, Timestamp } from '../core/model.ts';
import { isNamedRole, type NamedRole } from '../core/role-argument.ts';
import { roleKey } from '../core/role-key.ts';
import type { StackNames } from '../core/stack.ts';
import type { HistoryEntry } from './entry.ts';
import { type FunctionLog, functionLogs } from './function-logs.ts';
import type { HistoryPorts, LogExtent } from './ports.ts';
import { readLine } from './read-line.ts';
import { type Standing, standingAccess } from './standing.ts';

export interface HistoryQuery {
  readonly names: Pick<StackNames, 'reconcileFunction' | 'sweepFunction'>;
  /** Only these roles; all if empty. */
  readonly roles: readonly NamedRole[];
  readonly since: Date;
  /** @default now */
  readonly until?: Date;
}

/** The outcomes of a period, and the access that stands now. */
export interface History {
  /** The oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** The entries that the ledger lists now. */
  readonly standing: readonly Standing[];
  readonly logs: readonly LogReach[];
  readonly blindSpots: readonly BlindSpot[];
  /** All roles that were seen. */
  readonly seen: readonly RoleRef[];
}

/** From which time on a log can answer. */
export interface LogReach {
  readonly functionName: string;
  readonly from: Timestamp;
  readonly retentionDays?: number;
}

/** Reads the logs and the ledger. Anything that cannot be read is a blind spot. */
export const readHistory = async (ports: HistoryPorts, query: HistoryQuery): Promise<History> => {
  const [logs, ledger] = await Promise.all([
    Promise.all(functionLogs(query.names).map((log) => readLog(ports, log, query))),
    standingAccess(ports.table),
  ]);
  const entries = distinct(logs.flatMap((log) => log.entries)).toSorted(byTime);
  const isWanted = wantedRoles(query.roles);
  const seen = [
    ...entries.flatMap((entry) => (entry.kind === 'outcome' ? [entry.role] : [])),
    ...ledger.standing.map(({ role }) => role),
  ];
  return {
    entries: entries.filter(isEntryOf(query.roles)),
    standing: ledger.standing.filter(({ role }) => isWanted(role)),
    logs: logs.flatMap(({ reach }) => reach ?? []),
    blindSpots: [...logs.flatMap((log) => log.blindSpots), ...ledger.blindSpots],
    seen: [...new Map(seen.map((role) => [roleKey(role), role])).values()],
  };
};

/** Whether an entry is about one of these roles. An answer is about no single role. */
export const isEntryOf = (roles: readonly NamedRole[]): ((entry: HistoryEntry) => boolean) => {
  const isWanted = wantedRoles(roles);
  return (entry) => (entry.kind === 'outcome' ? isWanted(entry.role) : roles.length === 0);
};

const wantedRoles =
  (roles: readonly NamedRole[]): ((role: RoleRef) => boolean) =>
  (role) =>
    roles.length === 0 || roles.some((named) => isNamedRole(role, named));

interface ReadLog {
  readonly entries: readonly HistoryEntry[];
  readonly reach?: LogReach;
  readonly blindSpots: readonly BlindSpot[];
}

const readLog = async (
  { logs, clock }: HistoryPorts,
  log: FunctionLog,
  { since, until }: HistoryQuery,
): Promise<ReadLog> => {
  const what = `the log of ${log.functionName}`;
  try {
    const extent = await logs.extent(log.functionName);
    if (extent === undefined)
      return {
        entries: [],
        blindSpots: [
          { what, reason: 'There is no such log group. Is this stage deployed, or was it removed?' },
        ],
      };
    const { lines, cut } = await logs.search(log.functionName, {
      pattern: log.pattern,
      since,
      ...(until === undefined ? {} : { until }),
    });
    const entries = lines.flatMap((line) => readLine(line) ?? []);
    return {
      entries: entries.filter(isNews),
      reach: { functionName: log.functionName, ...reachOf(extent, clock.now()) },
      blindSpots: [
        ...(cut === undefined ? [] : [{ what: `${what} after ${cut.after}`, reason: cut.reason }]),
        ...unreadableLines(what, lines.length - entries.length),
      ],
    };
  } catch (thrown) {
    return { entries: [], blindSpots: [{ what, reason: toFailure(thrown).message }] };
  }
};

const unreadableLines = (what: string, count: number): readonly BlindSpot[] => {
  if (count === 0) return [];
  return count === 1
    ? [{ what: `1 line in ${what}`, reason: 'This version cannot read it.' }]
    : [{ what: `${count} lines in ${what}`, reason: 'This version cannot read them.' }];
};

/** CloudWatch keeps a line for the retention period, and nothing from before the log group was created. */
const reachOf = (
  { createdAt, retentionDays }: LogExtent,
  now: Date,
): Pick<LogReach, 'from' | 'retentionDays'> => {
  if (retentionDays === undefined) return { from: createdAt };
  const oldest = new Date(now.getTime() - retentionDays * 24 * 60 * 60 * 1000).toISOString();
  return { from: createdAt > oldest ? createdAt : oldest, retentionDays };
};

/** A role that was found as it should be is not news. A grant or a binding of it that ended is, even if the access stays. */
export const isNews = (entry: HistoryEntry): boolean =>
  entry.kind === 'answer' || entry.result !== 'Confirmed' || entry.target !== undefined;

/** A message that is delivered again logs the same outcome with the same id. */
const distinct = (entries: readonly HistoryEntry[]): readonly HistoryEntry[] => [
  ...entries
    .toReversed()
    .reduce((found, entry) => found.set(entryKey(entry), entry), new Map<string, HistoryEntry>())
    .values(),
];

/** Equal for an outcome and its replay. */
export const entryKey = (entry: HistoryEntry): string =>
  entry.kind === 'outcome' ? entry.id : `${entry.at} ${entry.answeredBy} ${entry.answer}`;

const byTime = (a: HistoryEntry, b: HistoryEntry): number => {
  if (a.at !== b.at) return Date.parse(a.at) - Date.parse(b.at);
  return entryKey(a) < entryKey(b) ? -1 : 1;
};
