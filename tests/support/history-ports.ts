import { patternTest } from '../../local/aws/log-pattern.ts';
import type { StoredItem } from '../../shared/core/table-item.ts';
import type { HistoryPorts, LoggedLine, LogQuery, LogSearch } from '../../shared/history/ports.ts';
import { now } from './settings.ts';

export const names = { reconcileFunction: 'reconcile', sweepFunction: 'sweep' } as const;

/** Logs and a ledger in memory, in simulated time. Tests add lines, and break what they like. */
export interface HistoryWorld {
  readonly ports: HistoryPorts;
  readonly lines: (LoggedLine & { readonly functionName: string })[];
  readonly items: StoredItem[];
  readonly searches: (LogQuery & { readonly functionName: string })[];
  /** Runs at each pause. It ends the following of a log by throwing. */
  onPause: () => void;
  onSearch: (functionName: string) => Partial<LogSearch>;
  extent: Awaited<ReturnType<HistoryPorts['logs']['extent']>>;
  time: Date;
}

export const createHistoryWorld = (): HistoryWorld => {
  const world: HistoryWorld = {
    lines: [],
    items: [],
    searches: [],
    onPause: () => undefined,
    onSearch: () => ({}),
    extent: { createdAt: '2026-01-01T00:00:00.000Z', retentionDays: 90 },
    time: now,
    ports: {
      logs: {
        extent: () => Promise.resolve(world.extent),
        search: async (functionName, query) => {
          world.searches.push({ functionName, ...query });
          const { since, until = new Date(8.64e15) } = query;
          const lines = world.lines.filter(
            (line) =>
              line.functionName === functionName &&
              new Date(line.at) >= since &&
              new Date(line.at) <= until &&
              patternTest(query.pattern)(line.text),
          );
          return Promise.resolve({ lines, ...world.onSearch(functionName) });
        },
      },
      table: {
        scan: async function* () {
          yield await Promise.resolve(world.items);
        },
      },
      roles: { read: (ref) => Promise.resolve({ kind: 'absent', ref }) },
      clock: {
        now: () => world.time,
        pause: async (milliseconds) => {
          world.time = new Date(world.time.getTime() + milliseconds);
          world.onPause();
          return Promise.resolve();
        },
      },
    },
  };
  return world;
};

/** Adds a line to a function's log, as its logger writes it. */
export const addLine = (
  world: HistoryWorld,
  at: string,
  fields: Readonly<Record<string, unknown>>,
  functionName: string = names.reconcileFunction,
): void => {
  const text = JSON.stringify({ level: 'INFO', timestamp: at, ...fields });
  world.lines.push({ functionName, eventId: `line ${world.lines.length}`, at, text });
};
