import { PermanentError } from '../../../shared/core/errors.ts';

const patience = 2000;

const ask = async (url: string, init: RequestInit): Promise<string> => {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(patience) });
  } catch (thrown) {
    throw new PermanentError(`Nothing answers at ${new URL(url).origin}.`, { cause: thrown });
  }
  if (!response.ok) throw new PermanentError(`${url} answered ${response.status}.`);
  return response.text();
};

/** Whose credentials an endpoint has. @throws PermanentError where it has none */
export const roleServedBy = async (endpoint: string): Promise<string> => {
  const token = await ask(`${endpoint}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '10' },
  });
  const roleName = await ask(`${endpoint}/latest/meta-data/iam/security-credentials`, {
    headers: { 'x-aws-ec2-metadata-token': token },
  });
  // Whatever else answers there, a proxy's page for one, may repeat the token.
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw new PermanentError(`${endpoint} answers what is no name of a role.`);
  return roleName;
};
