import { roleLabel } from '../../../shared/core/role-argument.ts';
import { shortArn } from '../../../shared/core/short-arn.ts';
import { counted } from '../../../shared/counted.ts';
import { becauseTexts } from '../../../shared/history/because-texts.ts';
import type { HistoryEntry, OutcomeEntry } from '../../../shared/history/entry.ts';
import type { History, LogReach } from '../../../shared/history/history.ts';
import type { Standing } from '../../../shared/history/standing.ts';
import { colors } from '../../colors.ts';
import { columns } from '../../columns.ts';
import { shortTime } from '../../short-time.ts';

/** Past events, and the access that stands now. */
export const historyText = (
  accountIds: readonly string[],
  { entries, standing, blindSpots }: History,
  width: number | undefined,
): string => {
  const explained = entries.filter(isExplained);
  return [
    ...(entries.length === 0
      ? [blindSpots.length === 0 ? 'Nothing happened in this period.' : 'Nothing happened in what was seen.']
      : [
          columns(
            ['TIME', 'RESULT', 'ROLE', 'GRANT', 'ACCESS TO', 'REQUESTED BY'],
            entries.map((entry) => rowOf(accountIds, entry)),
            width,
          ),
          ...(explained.length === 0 ? [] : ['']),
          ...explained.map(
            ({ at, role, grant, reason }) =>
              `${shortTime(at)} ${roleLabel(accountIds, role)}, ${grant ?? 'role'}: ${reason}`,
          ),
        ]),
    '',
    ...standingLines(accountIds, standing, width),
  ].join('\n');
};

/** How far back the logs reach, and what was not seen. */
export const historyNotes = ({ logs, blindSpots }: History, since: Date): readonly string[] => [
  ...logs.map((log) => reachLine(log, since)),
  ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
];

/** One line, for `--follow`. */
export const entryLine = (accountIds: readonly string[], entry: HistoryEntry): string => {
  if (entry.kind === 'answer')
    return `${shortTime(entry.at)}  answer  ${entry.answer} by ${entry.answeredBy}`;
  const { at, role, grant, target } = entry;
  const access = [grant, target].filter((part) => part !== undefined).join(' ');
  const reason = isExplained(entry) ? `: ${entry.reason}` : '';
  return `${shortTime(at)}  ${resultText(entry)}  ${roleLabel(accountIds, role)}  ${access}  ${requesterText(entry)}${reason}`;
};

const isExplained = (entry: HistoryEntry): entry is OutcomeEntry & { readonly reason: string } =>
  entry.kind === 'outcome' &&
  entry.result !== 'Granted' &&
  entry.result !== 'Revoked' &&
  entry.reason !== undefined;

const rowOf = (accountIds: readonly string[], entry: HistoryEntry): readonly string[] =>
  entry.kind === 'answer'
    ? [shortTime(entry.at), colors.yellow('answer'), '-', '-', entry.answer, shortArn(entry.answeredBy)]
    : [
        shortTime(entry.at),
        resultText(entry),
        roleLabel(accountIds, entry.role),
        entry.grant ?? '-',
        entry.target ?? '-',
        requesterText(entry),
      ];

const resultText = ({ result, isPlanned }: OutcomeEntry): string => {
  const text = result === 'Confirmed' ? 'access stays' : result.toLowerCase();
  return resultColors[result](isPlanned === true ? `${text} (dry-run)` : text);
};

const resultColors = {
  Granted: colors.green,
  Revoked: colors.yellow,
  Refused: colors.red,
  Failed: colors.red,
  Confirmed: colors.dim,
  Forgotten: colors.yellow,
} as const;

/** The person who requested it; without one, why the functions looked. */
const requesterText = ({ requestedBy, answeredBy, because }: OutcomeEntry): string => {
  if (answeredBy !== undefined) return `${shortArn(answeredBy)} (answer)`;
  if (requestedBy !== undefined) return shortArn(requestedBy);
  return because === undefined ? '-' : `(${becauseTexts[because]})`;
};

const standingLines = (
  accountIds: readonly string[],
  standing: readonly Standing[],
  width: number | undefined,
): readonly string[] =>
  standing.length === 0
    ? ['The ledger lists no access now.']
    : [
        `The ledger lists ${counted(standing.length, 'binding')} now:`,
        columns(
          ['ROLE', 'GRANTS', 'ACCESS TO', 'ENDS', 'SINCE', 'REQUESTED BY'],
          standing.map(({ role, grants, target, expiresAt = '-', since, requestedBy }) => [
            roleLabel(accountIds, role),
            grants.join(', '),
            target,
            expiresAt,
            shortTime(since),
            requestedBy === undefined ? '-' : shortArn(requestedBy),
          ]),
          width,
        ),
      ];

const reachLine = ({ functionName, from, retentionDays }: LogReach, since: Date): string => {
  const kept = retentionDays === undefined ? 'kept forever' : `kept for ${counted(retentionDays, 'day')}`;
  const line = `The log of ${functionName} reaches back to ${shortTime(from)} (${kept}).`;
  return Date.parse(from) > since.getTime()
    ? colors.yellow(`${line} It shows nothing from before that time.`)
    : colors.dim(line);
};
