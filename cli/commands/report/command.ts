import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { ReportOptions } from './report.ts';

export const reportCommand: CommandDefinition = (program, start) => {
  program
    .command('report')
    .description('show all access with its requesters, refusals and ends, for a review; read-only')
    .option(
      '--output <file>',
      'also write the report as one HTML page that loads and sends nothing (other formats: --csv, --json)',
    )
    .option('--force', 'let --output replace a file that is not a report')
    .option('--csv', 'print one row for each access, for a spreadsheet')
    .option(
      '--since <file>',
      'also show what is different from an earlier report (its page or its JSON; for a time, use --history)',
    )
    .option(
      '--keys',
      'also show the keys of the service accounts that have a grant (see setup --opt-in-keys)',
    )
    .option('--history <when>', 'how far back to read the logs (12h, 30d), or a day', '30d')
    .addHelpText(
      'after',
      examples(
        'rolebridge report --output access.html',
        'rolebridge report --since last-month.html --output access.html',
        'rolebridge report --keys --output access.html',
        '(umask 077; rolebridge report --csv > access.csv)',
        '(umask 077; rolebridge report --json > access.json)',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: ReportOptions) =>
        (await import('./report.ts')).report(terminal, options),
      ),
    );
};
