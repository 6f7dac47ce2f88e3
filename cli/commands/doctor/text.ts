import type { Diagnosis, Result } from '../../../shared/doctor/diagnose.ts';
import type { Status } from '../../../shared/doctor/finding.ts';
import { colors } from '../../colors.ts';
import { counted } from '../../counted.ts';

/** One line per check, by group, with the fix below each problem. */
export const diagnosisText = ({ results, counts }: Diagnosis, isDetailed: boolean): string => {
  const groups = Map.groupBy(results, ({ group }) => group);
  const { ok, warning, failed, unknown } = counts;
  const summary = `${ok} ok, ${counted(warning, 'warning')}, ${failed} failed, ${unknown} not checked`;
  return [
    ...[...groups].flatMap(([group, members]) => groupLines(group, members, isDetailed)),
    '',
    failed > 0 ? colors.red(summary) : warning + unknown > 0 ? colors.yellow(summary) : colors.green(summary),
  ].join('\n');
};

/** A role without problems takes one line, unless the caller named it. */
const groupLines = (group: string, results: readonly Result[], isDetailed: boolean): readonly string[] => {
  const isShort = !isDetailed && group.startsWith('Role ') && results.every(({ status }) => status === 'ok');
  return isShort
    ? [`${colors.bold(group)}  ${marks.ok} ${counted(results.length, 'check')}`]
    : [colors.bold(group), ...results.flatMap(resultLines)];
};

/** The first line of the message stands beside the title; the other lines and the fix stand below. */
const resultLines = (result: Result): readonly string[] => {
  const [first = '', ...more] = result.message.split('\n');
  const hint = result.status === 'ok' ? result.note : result.fix;
  return [
    `  ${marks[result.status]} ${colors.bold(shortTitle(result))}: ${first}`,
    ...more.flatMap((line) => indented(line, 6)),
    ...(hint === undefined ? [] : indented(hint, 6).map((line) => colors.cyan(line))),
  ];
};

const marks: Readonly<Record<Status, string>> = {
  ok: colors.green('✓'),
  warning: colors.yellow('!'),
  failed: colors.red('✗'),
  unknown: colors.dim('?'),
};

/** Without the role's name, which the heading shows. */
const shortTitle = ({ group, title }: Result): string =>
  title.replace(` (${group.replace('Role ', '')})`, '');

const indented = (text: string, depth: number): readonly string[] =>
  text.split('\n').map((line) => `${' '.repeat(depth)}${line}`);
