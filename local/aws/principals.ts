import { createHash } from 'node:crypto';
import { keepSecret } from '../kept-secrets.ts';
import { AwsError } from './call.ts';
import type { Clock } from './clock.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A caller: a session of a role. */
export interface Principal {
  readonly accountId: string;
  readonly roleName: string;
  readonly roleId: string;
  /** The session's ARN, without the role's path: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  readonly userId: string;
  readonly credentials: Credentials;
  readonly createdAt: Date;
  /** A session that STS issued ends at this time, or when its role is deleted. Others do not end. */
  readonly expiresAt?: Date;
  /** Limits the session to what this policy, in JSON, allows too. */
  readonly sessionPolicy?: string;
}

export type NewSession = Pick<
  Principal,
  'accountId' | 'roleName' | 'roleId' | 'expiresAt' | 'sessionPolicy'
> & { readonly sessionName: string };

/** The unique id of the role of every account's administrator. IAM does not list that role. */
export const administratorId = 'AROAADMIN';

export interface Principals {
  readonly issue: (session: NewSession) => Principal;
  readonly all: () => readonly Principal[];
  /** @throws AwsError if the credentials are unknown */
  readonly find: (accessKeyId: string, sessionToken: string | undefined) => Principal;
}

/** The sessions of all accounts: AWS finds a caller by the access key alone. */
export const createPrincipals = (clock: Clock): Principals => {
  const byKey = new Map<string, Principal>();
  return {
    issue: ({ accountId, roleName, roleId, sessionName, ...limits }) => {
      const number = String(byKey.size).padStart(16, '0');
      const credentials = {
        accessKeyId: `ASIA${number}`,
        secretAccessKey: keepSecret(secretText(`key ${number}`).slice(0, 40)),
        sessionToken: keepSecret(`IQoJb3JpZ2lu${secretText(`session ${number}`)}`),
      };
      const principal = {
        accountId,
        roleName,
        roleId,
        arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
        userId: `${roleId}:${sessionName}`,
        credentials,
        createdAt: clock.now(),
        ...limits,
      };
      byKey.set(credentials.accessKeyId, principal);
      return principal;
    },
    all: () => [...byKey.values()],
    find: (accessKeyId, sessionToken) => {
      const principal = byKey.get(accessKeyId);
      if (principal === undefined || sessionToken !== principal.credentials.sessionToken)
        throw new AwsError(
          'InvalidClientTokenId',
          'The security token included in the request is invalid.',
          403,
        );
      return principal;
    },
  };
};

/** Resembles AWS's own secrets, so that tools that detect secrets by their form find it. */
const secretText = (of: string): string => createHash('sha512').update(of).digest('base64');
