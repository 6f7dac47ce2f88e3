import { PermanentError } from '../../../shared/core/errors.ts';
import { isRoleName } from '../../../shared/core/role-arn.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { revokeAll } from './revoke-all.ts';
import { revokeRole } from './revoke-role.ts';

export interface RevokeOptions {
  readonly role?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly timeout: string;
}

/** Takes access away: one role's by its tag, or everything before the stack is removed. */
export const revoke = (
  terminal: Terminal,
  { role, all = false, yes = false, timeout }: RevokeOptions,
): Promise<ExitCode> => {
  const timeoutSeconds = Number(timeout);
  if (!(timeoutSeconds > 0)) throw new PermanentError(`--timeout ${timeout} is not a number of seconds.`);
  if (role !== undefined && !isRoleName(role))
    throw new PermanentError(`"${role}" is not the name of a role; give it without its path and ARN.`);
  if (role !== undefined && !all) return revokeRole(terminal, { roleName: role, yes, timeoutSeconds });
  if (role === undefined && all) return revokeAll(terminal, { yes });
  throw new PermanentError('Say whose access: --role NAME, or --all.');
};
