import { PermanentError } from '../../../shared/core/errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { checkedEndpoint } from './endpoint.ts';

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
  terminal.show({ roleName }, () => `Credentials of role ${roleName}.`);
  return exitCodes.done;
};

const roleServedBy = async (endpoint: string): Promise<string> => {
  const token = await ask(`${endpoint}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '10' },
  });
  const roleName = await ask(`${endpoint}/latest/meta-data/iam/security-credentials`, {
    headers: { 'x-aws-ec2-metadata-token': token },
  });
  // Another program that answers there, such as a proxy, may repeat the token, so its answer is not shown.
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw new PermanentError(`The answer of ${endpoint} is not the name of a role.`);
  return roleName;
};

const timeoutMilliseconds = 2000;

const ask = async (url: string, init: RequestInit): Promise<string> => {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMilliseconds) });
  } catch (thrown) {
    throw new PermanentError(`Nothing answers at ${new URL(url).origin}.`, { cause: thrown });
  }
  if (!response.ok) throw new PermanentError(`${url} answered ${response.status}.`);
  return response.text();
};
