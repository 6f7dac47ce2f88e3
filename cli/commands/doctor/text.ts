import { counted } from '../../../shared/counted.ts';
import type { Diagnosis, Result } from '../../../shared/doctor/diagnose.ts';
import type { Status } from '../../../shared/doctor/finding.ts';
import { colors } from '../../colors.ts';

export interface DiagnosisTextOptions {
  /** Lists the checks that passed, too. */
  readonly isUnfolded: boolean;
  /** The caller named the roles, so notes on what works are of interest. */
  readonly isDetailed: boolean;
}

/** One line per check, by group: the problems first, the worst of them at the top, each with its fix below it. */
export const diagnosisText = (
  { results, counts }: Diagnosis,
  { isUnfolded, isDetailed }: DiagnosisTextOptions,
): string => {
  const { ok, warning, failed, unknown } = counts;
  const summary = `${ok} ok, ${counted(warning, 'warning')}, ${failed} failed, ${unknown} not checked`;
  const problems = severity.flatMap((status) =>
    groupLines(results.filter((result) => result.status === status)),
  );
  const passed = results.filter(({ status }) => status === 'ok');
  const shown = passed.filter((result) => isUnfolded || (isDetailed && hintOf(result) !== undefined));
  const folded = passed.length - shown.length;
  return [
    ...problems,
    ...(problems.length > 0 && passed.length > 0 ? [''] : []),
    ...groupLines(shown),
    ...(folded === 0
      ? []
      : [`${marks.ok} ${counted(folded, 'check')} passed (--all lists ${folded === 1 ? 'it' : 'them'})`]),
    '',
    failed > 0 ? colors.red(summary) : warning + unknown > 0 ? colors.yellow(summary) : colors.green(summary),
  ].join('\n');
};

const severity = ['failed', 'warning', 'unknown'] as const;

const groupLines = (results: readonly Result[]): readonly string[] =>
  [...Map.groupBy(results, ({ group }) => group)].flatMap(([group, members]) => [
    colors.bold(group),
    ...members.flatMap(resultLines),
  ]);

/** The first line of the message stands beside the title; the other lines and the fix stand below. */
const resultLines = (result: Result): readonly string[] => {
  const [first = '', ...more] = result.message.split('\n');
  const hint = hintOf(result);
  return [
    `  ${marks[result.status]} ${colors.bold(shortTitle(result))}: ${first}`,
    ...more.flatMap((line) => indented(line, 6)),
    ...(hint === undefined ? [] : indented(hint, 6).map((line) => colors.cyan(line))),
  ];
};

const hintOf = (result: Result): string | undefined => (result.status === 'ok' ? result.note : result.fix);

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
