import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { checkedEndpoint } from './endpoint.ts';
import { roleServedBy } from './metadata-client.ts';

export interface CredentialsCheckOptions {
  readonly endpoint: string;
  readonly allowRemote?: boolean;
}

/** For health checks: does the endpoint have valid credentials? Asks as a library does, and stops before the secret. */
export const credentialsCheck = async (
  terminal: Terminal,
  { endpoint, allowRemote = false }: CredentialsCheckOptions,
): Promise<ExitCode> => {
  const roleName = await roleServedBy(checkedEndpoint(endpoint, allowRemote));
  terminal.show({ version: 1, roleName }, () => `Credentials of role ${roleName}.`);
  return exitCodes.done;
};
