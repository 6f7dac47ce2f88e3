import type { HistoryEntry } from '../../../shared/history/entry.ts';
import { csvLine } from '../../csv.ts';

/** The lines of a CSV file, with a header. */
export const historyCsv = (entries: readonly HistoryEntry[]): readonly string[] => [
  csvLine(header),
  ...entries.map(entryCsv),
];

const header = [
  'at',
  'result',
  'account',
  'role',
  'role_id',
  'grant',
  'target',
  'expires_at',
  'requested_by',
  'answered_by',
  'event_id',
  'because',
  'reason',
];

export const entryCsv = (entry: HistoryEntry): string => {
  if (entry.kind === 'answer')
    return csvLine([entry.at, 'Answer', '', '', '', '', '', '', '', entry.answeredBy, '', '', entry.answer]);
  const { role, grant = '', target = '', expiresAt = '', requestedBy = '', answeredBy = '' } = entry;
  const { roleId = '' } = role;
  const { eventId = '', because = '', reason = '', isPlanned } = entry;
  const result = isPlanned === true ? `${entry.result} (dry-run)` : entry.result;
  const access = [role.accountId, role.roleName, roleId, grant, target, expiresAt];
  return csvLine([entry.at, result, ...access, requestedBy, answeredBy, eventId, because, reason]);
};
