import { PermanentError } from '../../../shared/core/errors.ts';
import { parseRole } from '../../../shared/core/role-argument.ts';
import { isLoopback } from '../../../shared/credentials/metadata-address.ts';
import { type SessionNews, sessionCache } from '../../../shared/credentials/session-cache.ts';
import { createCredentialsRuntime } from '../../credentials/runtime.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { startMetadataServer } from './metadata-server.ts';

export interface CredentialsServeOptions {
  readonly host: string;
  readonly port: string;
  readonly roleName?: string;
  readonly allowRemote?: boolean;
}

const graceMilliseconds = 2000;

/** EC2's metadata endpoint for containers: the role's credentials, by the AWS SDK's default chain. */
export const credentialsServe = async (
  terminal: Terminal,
  { host, port: portText, roleName: named, allowRemote = false }: CredentialsServeOptions,
): Promise<ExitCode> => {
  const { signal, isJson } = terminal;
  const log = (text: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    terminal.say(lineOf(isJson, text, fields));
  const port = portOf(portText);
  checkHost(host, allowRemote, log);
  const roleName = named === undefined ? undefined : parseRole(named, undefined, '--role-name').roleName;
  const runtime = createCredentialsRuntime({ signal, ...(roleName === undefined ? {} : { roleName }) });
  checkUpstream(runtime.metadataEndpoint, port);
  const cache = sessionCache({
    load: runtime.load,
    clock: runtime.clock,
    report: (news) => log(textOf(news), news),
  });
  const region = await runtime.region();
  const server = await startMetadataServer({
    host,
    port,
    region,
    now: runtime.clock.now,
    session: cache.session,
  });
  log(`serving on ${server.url} in ${region}`, { url: server.url, region });
  if (isJson) terminal.show({ url: server.url, region }, () => '');
  await untilEnded(signal, cache.run);
  await server.close(graceMilliseconds);
  log('ended');
  return exitCodes.done;
};

/** One line per message: text for people, JSON for machines; never a credential. */
const lineOf = (isJson: boolean, text: string, fields: Readonly<Record<string, unknown>>): string =>
  isJson ? JSON.stringify({ at: new Date().toISOString(), message: text, ...fields }) : `rolebridge: ${text}`;

const portOf = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new PermanentError(`--port must be a number from 0 to 65535, not "${text}".`);
};

/** Anyone who can reach the address has the role. By default that is only the container or pod itself. */
const checkHost = (host: string, mayBeRemote: boolean, warn: (text: string) => void): void => {
  if (isLoopback(host)) return;
  if (!mayBeRemote)
    throw new PermanentError(
      `${host} is not a loopback address: anyone who can reach it would have the role's credentials. Use 127.0.0.1, or pass --allow-remote.`,
    );
  warn(`WARNING: on ${host} anyone who can reach this port has the role's credentials`);
};

/** Otherwise the SDK would ask this very server, and the server would ask the SDK. */
const checkUpstream = (metadataEndpoint: string | undefined, port: number): void => {
  const url = metadataEndpoint === undefined ? null : URL.parse(metadataEndpoint);
  if (url !== null && isLoopback(url.hostname) && Number(url.port || 80) === port)
    throw new PermanentError(
      `AWS_EC2_METADATA_SERVICE_ENDPOINT (${metadataEndpoint}) names this very server. Unset it where rolebridge runs.`,
    );
};

const textOf = (news: SessionNews): string => {
  if (news.kind === 'loaded')
    return `credentials of role ${news.roleName}, valid until ${news.expiresAt?.toISOString() ?? 'further notice'}`;
  const current =
    news.validUntil === undefined
      ? 'there are none to serve until it succeeds'
      : `the current ones are valid until ${news.validUntil.toISOString()}`;
  return `no new credentials (${news.reason}); ${current}`;
};

/** SIGTERM and Ctrl-C are the ways to end it. */
const untilEnded = async (signal: AbortSignal, run: () => Promise<void>): Promise<void> => {
  try {
    await run();
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
};
