import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { parseRoleArn, type RoleArn } from '../../core/role-arn.ts';
import { reasonOf } from '../../credentials/failure-reason.ts';
import type { RoleSession } from '../../credentials/metadata-answer.ts';

/** What of the environment decides whose session it is. */
export interface SessionOptions {
  readonly region: string;
  /** Instead of asking for it. */
  readonly roleName?: string;
  /** AWS_ROLE_ARN. */
  readonly webIdentityRoleArn?: string;
}

type Identity = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

const requestHandler = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true };
/** Of everything together: a program named by credential_process may hang. */
const longestMilliseconds = 15_000;

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

/** What the chain says that it tries. */
const hints = () => {
  const said: string[] = [];
  const debug = (line: string): void => void said.push(line);
  const silent = (): void => undefined;
  return { said, logger: { debug, info: silent, warn: silent, error: silent, trace: silent } };
};

/** The chain ends with "Could not load credentials from any providers", whatever happened before. */
const containerReason = (said: readonly string[]): string | undefined => {
  const start = said.findIndex((line) => line.includes('remoteProvider::fromHttp'));
  if (start < 0) return undefined;
  const refusal = said.slice(start).find((line) => line.includes('URL not accepted'));
  return (
    refusal?.replace(/^.*?-> /, '') ??
    'the endpoint of AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI gives none'
  );
};

const ask = async (): Promise<Identity> => {
  const { said, logger } = hints();
  // Made anew each time: what the chain remembers of a call that hangs would hang for ever.
  const provider = defaultProvider({
    logger,
    maxRetries: 0,
    timeout: 2000,
    clientConfig: { requestHandler },
  });
  try {
    return await provider();
  } catch (thrown) {
    const reason = containerReason(said);
    throw reason === undefined ? thrown : new RetryableError(reason, { cause: thrown });
  }
};

/** The SDK notes where credentials come from. Other sources come first in its chain, so AWS_ROLE_ARN alone proves nothing. */
const isByWebIdentity = (credentials: Identity): boolean => {
  const source: unknown = Reflect.get(credentials, '$source');
  return isRecord(source) && source['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN'] !== undefined;
};

const callerOf = async (region: string, credentials: Identity): Promise<string> => {
  const sts = new STSClient({ region, credentials, requestHandler, maxAttempts: 2 });
  try {
    const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return Arn;
  } finally {
    sts.destroy();
  }
};

const roleOf = (arn: string): RoleArn => {
  const role = parseRoleArn(arn);
  if (role === undefined)
    throw new PermanentError(
      `the credentials belong to ${arn}, which is not a role; Google trusts only roles`,
    );
  return role;
};

/** The cheapest source that is right: an option, the ARN that these very credentials were asked for, what is known, STS. */
const roleNameOf = async (
  { region, roleName, webIdentityRoleArn }: SessionOptions,
  credentials: Identity,
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
    // Clients only echo the name: the last known one serves until STS answers again.
    if (held !== undefined) return held.roleName;
    throw new RetryableError(
      `STS does not say whose credentials these are (--role-name NAME does): ${reasonOf(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
};

const load = async (options: SessionOptions, held: RoleSession | undefined): Promise<RoleSession> => {
  const loadedAt = new Date();
  const credentials = await ask();
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  if (sessionToken === undefined)
    throw new PermanentError("the credentials are a user's long-lived keys; Google trusts roles alone");
  return {
    roleName: await roleNameOf(options, credentials, held),
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(expiration === undefined ? {} : { expiresAt: expiration }),
    loadedAt,
  };
};

/** The session of the role that this process runs as, by the AWS SDK's default chain. */
export const ownSession =
  (options: SessionOptions) =>
  (held?: RoleSession): Promise<RoleSession> =>
    inTime(load(options, held));

/**
 * Account and name of the role that this process runs as.
 * @throws RetryableError if STS does not answer, PermanentError for credentials that are not a role's
 */
export const ownRole = ({ region, webIdentityRoleArn }: Omit<SessionOptions, 'roleName'>): Promise<RoleArn> =>
  inTime(askWho(region, webIdentityRoleArn));

const askWho = async (region: string, webIdentityRoleArn: string | undefined): Promise<RoleArn> => {
  const credentials = await ask();
  if (webIdentityRoleArn !== undefined && isByWebIdentity(credentials)) return roleOf(webIdentityRoleArn);
  try {
    return roleOf(await callerOf(region, credentials));
  } catch (thrown) {
    if (thrown instanceof PermanentError) throw thrown;
    throw new RetryableError(
      `STS does not answer whose credentials these are (--role NAME with --account ID needs no answer): ${reasonOf(thrown)}`,
      { cause: thrown },
    );
  }
};
