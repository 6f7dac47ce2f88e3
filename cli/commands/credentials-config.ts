import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createBridge } from '../../shared/bridge-runtime.ts';
import { configPath, loadSettings } from '../../shared/config.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { parseJson } from '../../shared/core/json.ts';
import { pointToMetadata } from '../../shared/core/metadata-config.ts';
import { parameterName } from '../../shared/core/parameter-name.ts';
import { checkedEndpoint } from '../credentials/endpoint.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface CredentialsConfigOptions {
  readonly endpoint: string;
  readonly role?: string;
  readonly grant: string;
  readonly prefix?: string;
  readonly from?: string;
  readonly serviceAccount?: string;
  readonly output?: string;
  readonly allowRemote?: boolean;
}

interface Found {
  /** For the error, if there is something wrong with it. */
  readonly where: string;
  readonly config: unknown;
  readonly trusted: readonly string[];
}

const fromFile = (path: string, trusted: readonly string[]): Found => {
  try {
    return { where: path, config: parseJson(readFileSync(path, 'utf8')), trusted };
  } catch (thrown) {
    throw new PermanentError(`--from ${path} cannot be read: ${String(thrown)}`, { cause: thrown });
  }
};

/** What the owner's own file says is trusted. */
const fromSettings = (serviceAccount: string, trusted: readonly string[]): Found => {
  const path = configPath();
  const settings = loadSettings(path);
  const [account] = settings.accounts;
  if (account === undefined) throw new PermanentError(`${path} configures no account.`);
  const config = credentialConfig(settings, account.provider, serviceAccount);
  return { where: path, config, trusted: [...trusted, ...Object.values(settings.google.endpoints)] };
};

/** Containers have no rolebridge.yml. */
const usualPrefix = (): string =>
  existsSync(configPath()) ? loadSettings(configPath()).parameterPrefix : '/google-access';

const fromParameter = async (
  { role, grant, prefix = usualPrefix() }: CredentialsConfigOptions,
  signal: AbortSignal,
): Promise<Found> => {
  const bridge = createBridge({ signal });
  const roleName = role ?? (await bridge.load()).roleName;
  const name = parameterName(prefix, { roleName }, grant);
  return {
    where: name,
    config: parseJson(await bridge.publishedConfig(name)),
    trusted: bridge.trustedEndpoints,
  };
};

const find = (options: CredentialsConfigOptions, signal: AbortSignal): Found | Promise<Found> => {
  const { from, serviceAccount } = options;
  if (from === undefined && serviceAccount === undefined) return fromParameter(options, signal);
  const { trustedEndpoints } = createBridge({ signal });
  if (from !== undefined) return fromFile(from, trustedEndpoints);
  return fromSettings(serviceAccount ?? '', trustedEndpoints);
};

/** Whoever reads it meanwhile sees the old one or the new one. */
const write = (path: string, text: string): void => {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o644 });
    renameSync(draft, path);
  } catch (thrown) {
    rmSync(draft, { force: true });
    throw new PermanentError(`--output ${path} cannot be written: ${String(thrown)}`, { cause: thrown });
  }
};

/** The published credential config, taking its AWS credentials from another metadata endpoint. */
export const credentialsConfig = async (
  terminal: Terminal,
  options: CredentialsConfigOptions,
): Promise<ExitCode> => {
  const endpoint = checkedEndpoint(options.endpoint, options.allowRemote ?? false);
  const { where, config, trusted } = await find(options, terminal.signal);
  const pointed = pointToMetadata(config, endpoint, trusted);
  if (pointed.kind === 'fault') throw new PermanentError(`${where} ${pointed.fault}. It is not used.`);
  const text = JSON.stringify(pointed.config, null, 2);
  if (options.output === undefined) {
    terminal.show(pointed.config, () => text);
    return exitCodes.done;
  }
  write(options.output, `${text}\n`);
  terminal.say(`rolebridge: wrote ${options.output}`);
  return exitCodes.done;
};
