import { survey } from '../../../shared/app/survey.ts';
import { pathsText } from '../../../shared/config/paths.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { parseMoment } from '../../../shared/core/moment.ts';
import { readHistory } from '../../../shared/history/history.ts';
import { createReport, type Report } from '../../../shared/report/report.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import { planWarnings } from '../../plan-warnings.ts';
import type { Terminal } from '../../terminal.ts';
import { commitOf } from './commit.ts';
import { reportLines } from './csv.ts';
import { reportNotes, reportText } from './text.ts';

export interface ReportOptions {
  readonly csv?: boolean;
  readonly history: string;
}

/** Reports all access at this moment, from one survey of both clouds and the functions' logs. */
export const report = async (terminal: Terminal, options: ReportOptions): Promise<ExitCode> => {
  if (terminal.isJson && options.csv === true)
    throw new PermanentError('--json and --csv cannot be combined.');
  const made = await readReport(terminal, options);
  const notes = reportNotes(made);
  if (options.csv === true) {
    for (const line of reportLines(made.rows)) terminal.print(`${line}\r`);
    for (const note of notes) terminal.say(note);
  } else terminal.show(made, () => [reportText(made), ...notes].join('\n'));
  return made.blindSpots.length === 0 ? exitCodes.done : exitCodes.failed;
};

const readReport = async (terminal: Terminal, options: ReportOptions): Promise<Report> => {
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const ports = runtime.history(settings);
  const since = parseMoment('--history', options.history, ports.clock.now());
  return terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    const path = pathsText(runtime.configPaths);
    const [found, history, warnings, commit] = await Promise.all([
      survey(settings, runtime.survey(settings)),
      readHistory(ports, { names: runtime.names, roles: [], since }),
      planWarnings(runtime, { path, settings }),
      commitOf(runtime.configPaths),
    ]);
    return createReport(
      settings,
      found,
      { history, since },
      { stage: terminal.stage, warnings, ...(commit === undefined ? {} : { commit }) },
    );
  });
};
