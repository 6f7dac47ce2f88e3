import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { parseRoleArn, type RoleArn } from '../../core/role-arn.ts';
import { reasonOf } from '../../credentials/failure-reason.ts';
import type { RoleSession } from '../../credentials/session-cache.ts';
import {
  type ChainCredentials,
  chainRequestHandler,
  loadFromChain,
  profileReason,
} from './credential-chain.ts';
import { foreignAnswer } from './failure.ts';

/** The parts of the environment that decide whose credentials they are. */
export interface SessionOptions {
  readonly region: string;
  /** Name of the role, if it need not be looked up. */
  readonly roleName?: string;
  /** AWS_ROLE_ARN. */
  readonly webIdentityRoleArn?: string;
}

/** For all calls together: a program named by credential_process may hang. */
const longestMilliseconds = 15_000;

/** Loads the credentials of the role that this process runs as, from the AWS SDK's default chain. */
export const roleCredentials =
  (options: SessionOptions) =>
  (held?: RoleSession): Promise<RoleSession> =>
    inTime(load(options, held));

/**
 * Account and name of the role that this process runs as.
 * @throws RetryableError if STS does not answer, PermanentError for credentials that are not a role's
 */
export const ownRole = ({ region, webIdentityRoleArn }: Omit<SessionOptions, 'roleName'>): Promise<RoleArn> =>
  inTime(askWho(region, webIdentityRoleArn));

const inTime = async <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RetryableError(`no answer within ${longestMilliseconds / 1000} s`)),
      longestMilliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const load = async (options: SessionOptions, held: RoleSession | undefined): Promise<RoleSession> => {
  const loadedAt = new Date();
  const credentials = await ask();
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  if (sessionToken === undefined)
    throw new PermanentError("the credentials are a user's long-lived keys; Google trusts only roles");
  return {
    roleName: await roleNameOf(options, credentials, held),
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(expiration === undefined ? {} : { expiresAt: expiration }),
    loadedAt,
  };
};

const ask = async (): Promise<ChainCredentials> => {
  const loaded = await loadFromChain();
  if (loaded.kind === 'loaded') return loaded.credentials;
  const { thrown, lines } = loaded;
  const reason = containerReason(lines) ?? profileReason(lines);
  throw reason === undefined ? thrown : new RetryableError(reason, { cause: thrown });
};

/** Why a container's endpoint gave no credentials. */
const containerReason = (lines: readonly string[]): string | undefined => {
  const start = lines.findIndex((line) => line.includes('remoteProvider::fromHttp'));
  if (start < 0) return undefined;
  const refusal = lines.slice(start).find((line) => line.includes('URL not accepted'));
  return (
    refusal?.replace(/^.*?-> /, '') ??
    'the endpoint of AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI returned none'
  );
};

/** The cheapest correct source: an option, the ARN for which these credentials were requested, the cached session, STS. */
const roleNameOf = async (
  { region, roleName, webIdentityRoleArn }: SessionOptions,
  credentials: ChainCredentials,
  held: RoleSession | undefined,
): Promise<string> => {
  if (roleName !== undefined) return roleName;
  if (webIdentityRoleArn !== undefined && isByWebIdentity(credentials))
    return roleOf(webIdentityRoleArn).roleName;
  if (held?.accessKeyId === credentials.accessKeyId) return held.roleName;
  try {
    return roleOf(await callerOf(region, credentials)).roleName;
  } catch (thrown) {
    if (thrown instanceof PermanentError) throw thrown;
    // Clients only repeat the name, so the last known one is good enough until STS answers again.
    if (held !== undefined) return held.roleName;
    throw new RetryableError(
      `STS does not answer whose credentials these are (--role-name NAME needs no answer): ${foreignAnswer(thrown) ?? reasonOf(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
};

/** The SDK records the source of credentials. Other sources come first in its chain, so AWS_ROLE_ARN alone proves nothing. */
const isByWebIdentity = (credentials: ChainCredentials): boolean => {
  const source: unknown = Reflect.get(credentials, '$source');
  return isRecord(source) && source['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN'] !== undefined;
};

const roleOf = (arn: string): RoleArn => {
  const role = parseRoleArn(arn);
  if (role === undefined)
    throw new PermanentError(
      `the credentials belong to ${arn}, which is not a role; Google trusts only roles`,
    );
  return role;
};

const callerOf = async (region: string, credentials: ChainCredentials): Promise<string> => {
  const sts = new STSClient({ region, credentials, requestHandler: chainRequestHandler, maxAttempts: 2 });
  try {
    const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return Arn;
  } finally {
    sts.destroy();
  }
};

const askWho = async (region: string, webIdentityRoleArn: string | undefined): Promise<RoleArn> => {
  const credentials = await ask();
  if (webIdentityRoleArn !== undefined && isByWebIdentity(credentials)) return roleOf(webIdentityRoleArn);
  try {
    return roleOf(await callerOf(region, credentials));
  } catch (thrown) {
    if (thrown instanceof PermanentError) throw thrown;
    throw new RetryableError(
      `STS does not answer whose credentials these are (--role NAME with --account ID needs no answer): ${foreignAnswer(thrown) ?? reasonOf(thrown)}`,
      { cause: thrown },
    );
  }
};
