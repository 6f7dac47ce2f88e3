import { durationMilliseconds } from '../../../shared/core/duration.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import { type CommandDefinition, examples } from '../../command-definition.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';

export const revokeCommand: CommandDefinition = (program, start) => {
  program
    .command('revoke')
    .description("revoke one role's access, by removing its tags, or all access before you remove the stack")
    .option('--role <name>', 'untag this role, and wait until its access is gone')
    .option(
      '--all',
      "disable the stack's EventBridge rules, let the functions remove everything that rolebridge granted and published, and prove it",
    )
    .option('--yes', 'do not ask for confirmation')
    .option('--timeout <duration>', 'how long to wait for the functions (90s, 5m, or seconds)', '5m')
    .addHelpText(
      'after',
      examples('rolebridge revoke --role reports', 'rolebridge revoke --all    # before "rolebridge remove"'),
    )
    .action(start(revoke));
};

interface RevokeOptions {
  readonly role?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly timeout: string;
}

const revoke = async (
  terminal: Terminal,
  { role, all = false, yes = false, timeout }: RevokeOptions,
): Promise<ExitCode> => {
  const timeoutSeconds = secondsOf(timeout);
  if (timeoutSeconds <= 0)
    throw new PermanentError(
      `--timeout must be a duration such as 90s or 5m, or a number of seconds, not "${timeout}".`,
    );
  if (role !== undefined && !all) {
    const { revokeRole } = await import('./revoke-role.ts');
    return revokeRole(terminal, { role, yes, timeoutSeconds });
  }
  if (role === undefined && all) {
    const { revokeAll } = await import('./revoke-all.ts');
    return revokeAll(terminal, { yes });
  }
  throw new PermanentError('Pass either --role NAME or --all.');
};

/** `wait` takes a duration. A bare number of seconds is the earlier form. 0 for anything else. */
const secondsOf = (timeout: string): number => {
  const milliseconds = durationMilliseconds(timeout);
  if (milliseconds !== undefined) return milliseconds / 1000;
  return /^\d{1,9}$/.test(timeout) ? Number(timeout) : 0;
};
