import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { EmptyWorld } from '../../../local/empty-world.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import { environmentFile } from './environment-file.ts';
import { keyVariables, type Profile, profilesOf, writeProfiles } from './profiles.ts';

/** A second look comes after 12 seconds instead of two minutes. */
export const timeScale = 0.1;
export const region = 'us-east-1';
const hourMilliseconds = 3_600_000;

export interface Running {
  /** Ticks the schedules: once an hour of the world's time. */
  readonly tick: () => void;
  /** Writes the files of the world into a folder, and shows how to reach it. */
  readonly show: (folder: string) => void;
}

/** Runs a world until Ctrl-C or the end of its time, in a folder that ends with it. */
export const runUntilEnd = async (
  terminal: Terminal,
  milliseconds: number,
  { tick, show }: Running,
): Promise<ExitCode> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-local-'));
  const schedules = setInterval(tick, hourMilliseconds * timeScale);
  try {
    show(folder);
    await wait(terminal.signal, milliseconds);
    if (!terminal.isJson) terminal.say(closingText(terminal.signal));
    return exitCodes.done;
  } finally {
    clearInterval(schedules);
    rmSync(folder, { recursive: true, force: true });
  }
};

export interface Written {
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentFile: string;
  /** With several accounts: the AWS profile of each. */
  readonly accounts?: readonly Profile[];
}

/** Writes a file to source, with more variables for programs of both clouds. Returns its path, and all variables. */
export const writeEnvironment = (
  folder: string,
  { aws, google, members }: Pick<EmptyWorld, 'aws' | 'google' | 'members'>,
  variables: Readonly<Record<string, string>>,
): Written => {
  const tokenFile = join(folder, 'google-token');
  writeFileSync(tokenFile, google.adminToken, { mode: 0o600 });
  const hasMembers = members.length > 0;
  const unset: readonly string[] = hasMembers ? keyVariables : [];
  const environment = {
    ...Object.fromEntries(Object.entries(variables).filter(([name]) => !unset.includes(name))),
    ...(hasMembers ? writeProfiles(folder, aws, members) : {}),
    // Not every program reads AWS_REGION.
    AWS_DEFAULT_REGION: region,
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    ...gcloudEndpoints(google.url),
  };
  const path = join(folder, 'environment');
  writeFileSync(path, environmentFile(environment, unset), { mode: 0o600 });
  return {
    environment,
    environmentFile: path,
    ...(hasMembers ? { accounts: profilesOf(aws, members) } : {}),
  };
};

/** The addresses that gcloud calls instead of Google's. Storage's has a path. */
const gcloudEndpoints = (url: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      ...['IAM', 'IAMCREDENTIALS', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE', 'SECRETMANAGER', 'PUBSUB'].map(
        (api) => [api, `${url}/`] as const,
      ),
      ['STORAGE', `${url}/storage/v1/`] as const,
    ].map(([api, address]) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, address]),
  );

const closingText = ({ aborted }: AbortSignal): string =>
  `${aborted ? '' : 'The time is up (--minutes). '}Both clouds are stopped, and their files are removed. In each terminal that used them: deactivate`;

/** Returns after Ctrl-C, or when the time is up. */
const wait = async (signal: AbortSignal, milliseconds: number): Promise<void> => {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch {
    // Ctrl-C is how people stop it.
  }
};
