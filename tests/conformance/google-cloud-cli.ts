import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { GoogleWorld } from '../../local/google/world.ts';

// `gcloud --version` takes as long as a whole command.
const found = spawnSync('sh', ['-c', 'command -v gcloud'], { encoding: 'utf8' });
export const hasGcloud = found.status === 0;

/** The folder of the SDK: its own Python code, and the packages that it bundles (google-auth among them). */
export const sdkRoot = (): string => {
  // Most installers link to the program inside the SDK. gcloud itself would need two seconds to answer.
  const linked = join(dirname(realpathSync(found.stdout.trim())), '..');
  if (existsSync(join(linked, 'lib', 'gcloud.py'))) return linked;
  return spawnSync('gcloud', ['info', '--format=value(installation.sdk_root)'], {
    encoding: 'utf8',
  }).stdout.trim();
};

/** Reads nothing of the machine's own configuration, and sends no usage report for gcloud. */
export const scratchEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CLOUDSDK_CONFIG: folder,
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
});

export interface GcloudServer {
  /**
   * Variables for programs that run `gcloud`. It is a client of the server, and runs in the server's own environment.
   */
  readonly env: NodeJS.ProcessEnv;
  readonly close: () => Promise<void>;
}

/** Loads gcloud, unmodified, once for many commands, as the stand-in's administrator (gcloud_server.py). */
export const startGcloudServer = async ({ url, adminToken }: GoogleWorld): Promise<GcloudServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-gcloud-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, adminToken);
  const apis = ['IAM', 'IAMCREDENTIALS', 'CLOUDRESOURCEMANAGER', 'SERVICEUSAGE', 'SECRETMANAGER', 'PUBSUB'];
  const overrides = [...apis.map((api) => [api, `${url}/`]), ['STORAGE', `${url}/storage/v1/`]].map(
    ([api, address]) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, address],
  );
  const env = {
    ...scratchEnvironment(folder),
    ...Object.fromEntries(overrides),
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
  };
  // gcloud's launcher splits the arguments of its Python at spaces, which an absolute path may contain.
  const script = relative(process.cwd(), join(import.meta.dirname, 'gcloud_server.py'));
  const server = spawn('gcloud', [folder], {
    env: { ...env, CLOUDSDK_PYTHON_ARGS: `-S ${script}` },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(server, 'exit');
  await readinessOf(server);
  return {
    env: { ...env, PATH: [folder, process.env['PATH']].join(delimiter) },
    close: async () => {
      server.stdin.end();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
};

const readinessOf = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    server.stdout?.once('data', () => resolve());
    server.on('error', reject);
    server.on('exit', () => reject(new Error(`gcloud ended before it was ready: ${output}`)));
  });

export interface Gcloud {
  /** Runs one command without questions. Resolves to its output, as data. Rejects with its `stderr`. */
  readonly run: (...args: readonly string[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** gcloud, unmodified, as the stand-in's administrator. */
export const startGcloud = async (google: GoogleWorld): Promise<Gcloud> => {
  const { env, close } = await startGcloudServer(google);
  const fixed = ['--project=acme-data', '--format=json', '--quiet'];
  return {
    run: async (...args) => {
      const { stdout } = await promisify(execFile)('gcloud', [...fixed, ...args], { env });
      return JSON.parse(stdout);
    },
    close,
  };
};
