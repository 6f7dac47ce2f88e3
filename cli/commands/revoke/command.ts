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
      'stop the rules, let the functions remove every binding and parameter of ours, and prove it',
    )
    .option('--yes', 'do not ask for confirmation')
    .option('--timeout <seconds>', 'how long to wait for the functions', '300')
    .addHelpText(
      'after',
      examples('rolebridge revoke --role reports', 'rolebridge revoke --all    before "rolebridge remove"'),
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
  const timeoutSeconds = Number(timeout);
  if (!(timeoutSeconds > 0 && Number.isFinite(timeoutSeconds)))
    throw new PermanentError(`--timeout must be a number of seconds, not "${timeout}".`);
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
