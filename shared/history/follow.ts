import { RetryableError, toFailure } from '../core/errors.ts';
import type { HistoryEntry } from './entry.ts';
import { type FunctionLog, functionLogs } from './function-logs.ts';
import { entryKey, type HistoryQuery, isEntryOf, isNews } from './history.ts';
import type { HistoryPorts, LoggedLine } from './ports.ts';
import { readLine } from './read-line.ts';

/** Something that happened while the logs were followed. */
export type Followed =
  | { readonly kind: 'entry'; readonly entry: HistoryEntry }
  | { readonly kind: 'problem'; readonly message: string };

/** The result of the first reading of the logs. */
export interface Shown {
  readonly entries: readonly HistoryEntry[];
  /** When that reading began. */
  readonly readAt: Date;
}

/** Between two searches. CloudWatch Logs allows a few searches per second in an account, for all its users. */
const pollMilliseconds = 5_000;

/**
 * CloudWatch Logs takes seconds, rarely minutes, until a line can be found, and this machine's clock may be ahead. Each search
 * begins this long before the last one did, so that a late line is still found. Lines that were seen before are left out.
 */
const overlapMilliseconds = 10 * 60 * 1000;

/**
 * Yields new entries until the clock's signal ends a pause. A failed search is repeated from where the last complete one
 * began, so that an outage loses nothing. @throws PermanentError if a log cannot be searched
 */
export const followHistory = async function* (
  { logs, clock }: Pick<HistoryPorts, 'logs' | 'clock'>,
  { names, roles, since }: Omit<HistoryQuery, 'until'>,
  shown: Shown,
): AsyncGenerator<Followed> {
  const isWanted = isEntryOf(roles);
  const isNew = newKeys(shown.entries.map(entryKey));
  const searches = functionLogs(names).map((log): Search => ({ log, from: shown.readAt, seen: new Map() }));
  for (;;) {
    await clock.pause(pollMilliseconds);
    for (const search of searches) {
      const { lines, problems } = await newLines(logs, search, { now: clock.now(), since });
      for (const message of problems) yield { kind: 'problem', message };
      for (const line of lines) {
        const entry = readLine(line);
        if (entry === undefined)
          yield {
            kind: 'problem',
            message: notSeen(search.log, `at ${line.at}`, 'This version cannot read the line.'),
          };
        else if (isNews(entry) && isWanted(entry) && isNew(entryKey(entry))) yield { kind: 'entry', entry };
      }
    }
  }
};

interface Search {
  readonly log: FunctionLog;
  /** When the last complete search began. */
  from: Date;
  /** Ids of the lines that the next search may find again, with their times. */
  seen: ReadonlyMap<string, number>;
}

const newLines = async (
  logs: HistoryPorts['logs'],
  search: Search,
  { now, since: first }: { readonly now: Date; readonly since: Date },
): Promise<{ readonly lines: readonly LoggedLine[]; readonly problems: readonly string[] }> => {
  const { log, seen } = search;
  const since = new Date(Math.max(first.getTime(), search.from.getTime() - overlapMilliseconds));
  try {
    const { lines, cut } = await logs.search(log.functionName, { pattern: log.pattern, since });
    search.from = now;
    const times = lines.map(({ eventId, at }) => [eventId, Date.parse(at)] as const);
    search.seen = new Map([...seen, ...times].filter(([, time]) => time >= since.getTime()));
    return {
      lines: lines.filter(({ eventId }) => !seen.has(eventId)),
      problems: cut === undefined ? [] : [notSeen(log, `after ${cut.after}`, cut.reason)],
    };
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (!(failure instanceof RetryableError)) throw failure;
    return { lines: [], problems: [notSeen(log, 'for now', failure.message)] };
  }
};

const notSeen = ({ functionName }: FunctionLog, where: string, reason: string): string =>
  `Not seen: the log of ${functionName} ${where} (${reason})`;

/** More outcomes than a busy stack has while their messages may be delivered again. */
const maxKeys = 50_000;

/** Whether a key comes for the first time. The oldest keys are dropped when there are too many. */
const newKeys = (known: readonly string[]): ((key: string) => boolean) => {
  const keys = new Set(known);
  return (key) => {
    if (keys.has(key)) return false;
    keys.add(key);
    const [oldest] = keys;
    if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
    return true;
  };
};
