import { survey } from '../../shared/app/survey.ts';
import type { Settings } from '../../shared/core/settings.ts';
import type { HistoryEntry, OutcomeEntry } from '../../shared/history/entry.ts';
import type { History } from '../../shared/history/history.ts';
import { createReport, type Report } from '../../shared/report/report.ts';
import { type MemoryWorld, memorySweepPorts } from './memory.ts';
import { now, reader, reports, settings } from './settings.ts';

/** A history that was read without a blind spot. */
export const historyOf = (entries: readonly HistoryEntry[] = [], more: Partial<History> = {}): History => ({
  entries,
  standing: [],
  logs: [],
  blindSpots: [],
  seen: [],
  ...more,
});

export const reportOf = async (
  world: MemoryWorld,
  { using = settings, history = historyOf() }: { using?: Settings; history?: History } = {},
): Promise<Report> =>
  createReport(
    using,
    await survey(using, memorySweepPorts(world)),
    { history, since: new Date(now.getTime() - 30 * 24 * 60 * 60 * 1000) },
    { stage: 'prod', warnings: [] },
  );

export const bob = 'arn:aws:sts::111122223333:assumed-role/Developer/bob';

export const outcome = (more: Partial<OutcomeEntry> = {}): OutcomeEntry => ({
  kind: 'outcome',
  at: '2026-11-24T09:00:00.000Z',
  result: 'Refused',
  id: 'o-1',
  role: { ...reports, roleId: 'AROAREPORTS' },
  grant: 'default',
  target: reader,
  tagValue: reader,
  requestedBy: bob,
  eventId: 'e-1',
  eventName: 'TagRole',
  ...more,
});
