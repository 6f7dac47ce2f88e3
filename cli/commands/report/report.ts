import { survey } from '../../../shared/app/survey.ts';
import { pathsText } from '../../../shared/config/paths.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseStart } from '../../../shared/core/moment.ts';
import { homeOf } from '../../../shared/core/settings.ts';
import { readHistory } from '../../../shared/history/history.ts';
import { findKeys } from '../../../shared/keys/find-keys.ts';
import { usualIdleDays } from '../../../shared/keys/usual-idle-days.ts';
import { type PreviousReport, reportDifference } from '../../../shared/report/difference.ts';
import { createReport, type Report } from '../../../shared/report/report.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import { planWarnings } from '../../plan-warnings.ts';
import type { Terminal } from '../../terminal.ts';
import { commitOf } from './commit.ts';
import { reportLines } from './csv.ts';
import { pageAssets } from './page/assets.ts';
import { reportPage } from './page/page.ts';
import { assertEarlier, assertSameStack, readPrevious } from './previous.ts';
import { differenceLines, reportNotes, reportText } from './text.ts';
import { assertReplaceable, writePage } from './write-page.ts';

export interface ReportOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly since?: string;
  readonly csv?: boolean;
  readonly keys?: boolean;
  readonly history: string;
}

/** Reports all access at this moment, from one survey of both clouds and the functions' logs. */
export const report = async (terminal: Terminal, options: ReportOptions): Promise<ExitCode> => {
  if (terminal.isJson && options.csv === true)
    throw new PermanentError('--json and --csv cannot be combined.');
  const { output, force = false } = options;
  if (force && output === undefined)
    throw new PermanentError('--force is for --output: it lets it replace a file that is not a report.');
  // Before the clouds are read, which may take minutes.
  if (output !== undefined) assertReplaceable(output, force);
  const previous = options.since === undefined ? undefined : readPrevious(options.since);
  const read = await readReport(terminal, options, previous);
  const made = previous === undefined ? read : { ...read, difference: reportDifference(previous, read) };
  if (output !== undefined) {
    // Someone may have made another file there while the clouds were read: it looks once more.
    writePage(output, reportPage(made, await pageAssets(terminal.root)), force);
    terminal.say(`Wrote ${output}`);
  }
  const notes = reportNotes(made);
  if (options.csv === true) {
    for (const line of reportLines(made.rows)) terminal.print(`${line}\r`);
    for (const line of [...differenceLines(made), ...notes]) terminal.say(line);
  } else terminal.show(made, () => [reportText(made), ...notes].join('\n'));
  return made.blindSpots.length === 0 ? exitCodes.done : exitCodes.failed;
};

const readReport = async (
  terminal: Terminal,
  options: ReportOptions,
  previous: PreviousReport | undefined,
): Promise<Report> => {
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const ports = runtime.history(settings);
  if (previous !== undefined) {
    const path = options.since ?? '';
    assertSameStack(path, previous, { stage: terminal.stage, accountId: homeOf(settings) });
    assertEarlier(path, previous, ports.clock.now());
  }
  const since = parseStart('--history', options.history, ports.clock.now());
  return terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    const path = pathsText(runtime.configPaths);
    const [found, history, keys, warnings, commit] = await Promise.all([
      survey(settings, runtime.survey(settings)),
      readHistory(ports, { names: runtime.names, roles: [], since }),
      options.keys === true
        ? findKeys(settings, runtime.keys(settings), { all: false, idleDays: usualIdleDays })
        : undefined,
      planWarnings(runtime, { path, settings }),
      commitOf(runtime.configPaths),
    ]);
    return createReport(
      settings,
      found,
      { history, since, ...(keys === undefined ? {} : { keys: { ...keys, idleDays: usualIdleDays } }) },
      { stage: terminal.stage, warnings, ...(commit === undefined ? {} : { commit }) },
    );
  });
};
