import { Option } from 'commander';
import { type CommandDefinition, examples, list } from '../../command-definition.ts';
import type { Terminal } from '../../terminal.ts';
import type { HistoryOptions } from './history.ts';

export const historyCommand: CommandDefinition = (program, start) => {
  program
    .command('history')
    .description('show who got access, when, who requested it, and why requests were refused; read-only')
    .option('--role <name>', 'only this role (repeatable)', list)
    .option(
      '--since <when>',
      'start of the period: how long ago (12h, 7d), a day, or a time with its zone',
      '7d',
    )
    .option('--until <when>', 'end of the period, in the same forms as --since (default: now)')
    .option('--follow', 'then show new entries as they come, until Ctrl-C')
    .addOption(
      new Option('-o, --output <format>', 'output format; json is the same as --json').choices([
        'table',
        'json',
        'csv',
      ]),
    )
    .hook('preAction', (_program, command) => {
      // The terminal reads the global option.
      if (command.opts<HistoryOptions>().output === 'json') program.setOptionValue('json', true);
    })
    .addHelpText(
      'after',
      examples(
        'rolebridge history --role reports',
        'rolebridge history --since 2026-11-01 --until 2026-12-01 -o csv > november.csv',
        'rolebridge history --since 1h --follow',
      ),
    )
    .action(
      start(async (terminal: Terminal, options: HistoryOptions) =>
        (await import('./history.ts')).history(terminal, options),
      ),
    );
};
