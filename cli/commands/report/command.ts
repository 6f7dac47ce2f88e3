import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { ReportOptions } from './report.ts';

export const reportCommand: CommandDefinition = (program, start) => {
  program
    .command('report')
    .description('show all access with its requesters, refusals and ends, for a review; read-only')
    .option('--csv', 'print one row for each access, for a spreadsheet')
    .option('--history <when>', 'how far back to read the logs (12h, 30d), or a day', '30d')
    .addHelpText('after', examples('rolebridge report', 'rolebridge report --csv > access.csv'))
    .action(
      start(async (terminal: Terminal, options: ReportOptions) =>
        (await import('./report.ts')).report(terminal, options),
      ),
    );
};
