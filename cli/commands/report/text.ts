import { counted } from '../../../shared/counted.ts';
import { keyStateTexts } from '../../../shared/keys/column-texts.ts';
import { soonDays } from '../../../shared/report/counts.ts';
import { keyCounts } from '../../../shared/report/keys.ts';
import type { Report } from '../../../shared/report/report.ts';
import { colors } from '../../colors.ts';
import { leftAccountLines } from '../../left-account-lines.ts';
import { leftAloneLines } from '../../left-alone-lines.ts';
import { limitLines } from '../../limit-lines.ts';
import { notReadableLines } from '../../not-readable-lines.ts';
import { revokedLines } from '../../revoked-lines.ts';
import { shortTime } from '../../short-time.ts';

/** The numbers of a report. */
export const reportText = (report: Report): string => {
  const { at, stage, mode, accounts, commit, counts } = report;
  const { active, refused, held, drifted, endingSoon, unseen } = counts;
  const modified = commit?.isModified === true ? ', modified since' : '';
  return [
    `${shortTime(at)}, stage ${stage}, mode ${mode}, ${counted(accounts.length, 'AWS account')}${commit === undefined ? '' : `, commit ${commit.id.slice(0, 12)}${modified}`}`,
    '',
    `  ${counted(active, 'grant')} active${unseen === 0 ? '' : colors.red(`, ${unseen} not known`)}`,
    `  ${endingText(endingSoon)} within ${soonDays} days`,
    `  ${counted(refused, 'request')} refused`,
    `  ${counted(held, 'revocation')} held`,
    `  ${counted(drifted, 'role')} drifted`,
    ...keyLines(report.keys),
    ...indented(differenceLines(report)),
    '',
  ].join('\n');
};

const endingText = (count: number): string => {
  if (count === 0) return 'none of these ends';
  return count === 1 ? '1 of these ends' : `${count} of these end`;
};

const keyLines = (keys: Report['keys']): readonly string[] => {
  if (keys === undefined) return [];
  const { found, unread } = keyCounts(keys);
  const states = [...Map.groupBy(found, ({ key }) => key.state)].map(
    ([state, same]) => `${same.length} ${keyStateTexts[state]}`,
  );
  const notRead =
    unread === 0 ? '' : colors.red(`; those of ${counted(unread, 'service account')} not known`);
  const seen = states.length === 0 ? 'no key seen' : `${counted(found.length, 'key')}: ${states.join(', ')}`;
  return [`  ${seen}${notRead}`];
};

const indented = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', ...lines.map((line) => `  ${line}`)];

/** The numbers of the difference from an earlier report. */
export const differenceLines = ({ difference }: Pick<Report, 'difference'>): readonly string[] => {
  if (difference === undefined) return [];
  const { previousAt, added, removed, changed, unmanagedAdded, unmanagedRemoved } = difference;
  const members =
    unmanagedAdded.length + unmanagedRemoved.length === 0
      ? ''
      : `; members that rolebridge does not manage: ${unmanagedAdded.length} new, ${unmanagedRemoved.length} gone`;
  return [
    `Since ${shortTime(previousAt)}: ${added.length} new, ${removed.length} gone, ${changed.length} changed${members}`,
    ...(difference.isIncomplete ? [colors.red('One of the two reports did not see everything.')] : []),
  ];
};

/** Everything that was not seen, and everything that is not ours. */
export const reportNotes = (report: Report): readonly string[] => {
  const { stage, warnings, blindSpots, notReadable, unmanaged, inherited, leftAlone } = report;
  return [
    ...warnings.map((warning) => colors.yellow(`! ${warning}`)),
    ...(unmanaged.length === 0
      ? []
      : [`Not managed by rolebridge: ${counted(unmanaged.length, 'member')} of our pools.`]),
    ...(inherited.length === 0
      ? []
      : [
          colors.yellow(
            `Bound before rolebridge used the resource: ${counted(inherited.length, 'member')}. "rolebridge plan" shows how to answer.`,
          ),
        ]),
    ...leftAloneLines(leftAlone),
    ...leftAccountLines(stage, report.leftAccounts ?? []),
    ...limitLines(stage, report.limits),
    ...revokedLines(stage, report.revokeAll),
    ...blindSpots.map(({ what, reason }) => colors.red(`Not seen: ${what} (${reason})`)),
    ...notReadableLines(notReadable.length),
  ];
};
