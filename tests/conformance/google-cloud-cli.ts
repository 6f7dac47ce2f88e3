import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GoogleWorld } from '../../local/google/world.ts';

export const hasGcloud = spawnSync('gcloud', ['--version']).status === 0;

/** Where the SDK lies: its own Python code, and what it bundles (google-auth among it). */
export const sdkRoot = (): string =>
  spawnSync('gcloud', ['info', '--format=value(installation.sdk_root)'], { encoding: 'utf8' }).stdout.trim();

/** Nothing of the machine's own configuration is read, and nobody is told that gcloud ran. */
export const scratchEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CLOUDSDK_CONFIG: folder,
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
});

export interface Gcloud {
  /** Runs one command, without questions; what it prints, as data. Rejects with its `stderr`. */
  readonly run: (...args: readonly string[]) => Promise<unknown>;
  readonly close: () => void;
}

/** gcloud, unmodified, as the stand-in's administrator. */
export const startGcloud = ({ url, adminToken }: GoogleWorld): Gcloud => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, adminToken);
  const overrides = ['IAM', 'IAMCREDENTIALS', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE'].map((api) => [
    `CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`,
    `${url}/`,
  ]);
  const env = { ...scratchEnvironment(folder), ...Object.fromEntries(overrides) };
  const fixed = ['--project=acme-data', '--format=json', '--quiet', `--access-token-file=${tokenFile}`];
  return {
    run: async (...args) => {
      const { stdout } = await promisify(execFile)('gcloud', [...fixed, ...args], { env });
      return JSON.parse(stdout);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
};
