import type { Diagnosis, Result } from '../../shared/doctor/diagnose.ts';
import type { Status } from '../../shared/doctor/finding.ts';
import { colors } from '../colors.ts';
import { counted } from './counted.ts';

const marks: Readonly<Record<Status, string>> = {
  ok: colors.green('✓'),
  warning: colors.yellow('!'),
  failed: colors.red('✗'),
  unknown: colors.dim('?'),
};

const indented = (text: string, depth: number): readonly string[] =>
  text.split('\n').map((line) => `${' '.repeat(depth)}${line}`);

/** The heading says of whom. */
const shortTitle = ({ group, title }: Result): string =>
  title.replace(` (${group.replace('Role ', '')})`, '');

/** What was found stands beside the name; the rest of it, and what to do, below. */
const lines = (result: Result): readonly string[] => {
  const [first = '', ...more] = result.found.split('\n');
  const hint = result.status === 'ok' ? result.note : result.fix;
  return [
    `  ${marks[result.status]} ${colors.bold(shortTitle(result))}: ${first}`,
    ...more.flatMap((line) => indented(line, 6)),
    ...(hint === undefined ? [] : indented(hint, 6).map((line) => colors.cyan(line))),
  ];
};

/** A group of a role where all is well is one line, unless somebody asked for that role. */
const isBoring = (group: string, results: readonly Result[]): boolean =>
  group.startsWith('Role ') && results.every(({ status }) => status === 'ok');

const groupText = (group: string, results: readonly Result[], isDetailed: boolean): readonly string[] =>
  !isDetailed && isBoring(group, results)
    ? [`${colors.bold(group)}  ${marks.ok} ${counted(results.length, 'check')}`]
    : [colors.bold(group), ...results.flatMap(lines)];

/** Grouped, one line a check, and what to do under what is not well. */
export const diagnosisText = ({ results, counts }: Diagnosis, isDetailed: boolean): string => {
  const groups = Map.groupBy(results, ({ group }) => group);
  const { ok, warning, failed, unknown } = counts;
  const summary = `${ok} ok, ${counted(warning, 'warning')}, ${failed} failed, ${unknown} not checked`;
  return [
    ...[...groups].flatMap(([group, of]) => groupText(group, of, isDetailed)),
    '',
    failed > 0 ? colors.red(summary) : warning + unknown > 0 ? colors.yellow(summary) : colors.green(summary),
  ].join('\n');
};
