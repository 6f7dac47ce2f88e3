import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MetadataFault, startInstanceMetadata } from '../../local/aws/instance-metadata.ts';
import { type AwsWorld, type Credentials, startAws } from '../../local/aws/world.ts';
import type { Ran } from '../../local/run-workload.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { parameterName } from '../../shared/core/grant-parameters.ts';
import { runProgram } from './run-program.ts';
import { expectNoSecretIn } from './secrets.ts';
import { accountId, roleRef, settings } from './settings.ts';

export const region = 'eu-west-1';

const found = new Map<string, string | undefined>();
const whereIs = (name: string): string | undefined => {
  if (!found.has(name)) {
    const path = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    found.set(name, path === '' ? undefined : path);
  }
  return found.get(name);
};

/** Full path of a program of this machine. */
export const pathOf = (name: string): string => {
  const path = whereIs(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
};

export const isInstalled = (name: string): boolean => whereIs(name) !== undefined;

/** The shells that boot/fetch promises to run under. */
export const shells = [
  { shell: 'dash', command: ['dash'] },
  { shell: 'busybox ash', command: ['busybox', 'ash'] },
  { shell: 'bash', command: ['bash'] },
].map(({ shell, command }) => ({
  shell,
  command: [whereIs(command[0] ?? '') ?? '', ...command.slice(1)] as const,
  isInstalled: isInstalled(command[0] ?? ''),
}));
export type Shell = (typeof shells)[number];

/** All programs that boot/fetch may start: those of any system with a POSIX shell, and curl. */
export const tools = 'awk curl ln mkdir mv od readlink rm sed'.split(' ');

/** A PATH of one folder that contains only the programs boot/fetch may need. Its pauses end immediately. */
export interface Toolbox {
  readonly folder: string;
  /** Replaces a program by a shell script. */
  readonly script: (name: string, ...lines: readonly string[]) => void;
  /** Replaces programs by busybox's own, as on Alpine. */
  readonly useBusybox: () => void;
  /** Seconds of each pause, in order. */
  readonly pauses: () => readonly number[];
}

export const createToolbox = (): Toolbox => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-tools-'));
  for (const name of tools) symlinkSync(pathOf(name), join(folder, name));
  const pauses = join(folder, '.pauses');
  const script = (name: string, ...lines: readonly string[]): void => {
    rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(join(folder, name), 0o755);
  };
  writeFileSync(pauses, '');
  script('sleep', `echo "$1" >>${pauses}`);
  return {
    folder,
    script,
    useBusybox: () => {
      for (const name of tools.filter((tool) => tool !== 'curl')) {
        rmSync(join(folder, name));
        symlinkSync(pathOf('busybox'), join(folder, name));
      }
    },
    pauses: () => readFileSync(pauses, 'utf8').trim().split('\n').filter(Boolean).map(Number),
  };
};

/** A curl from before 7.75, and how the AWS command line is started beside it. */
export const oldCurl = (toolbox: Toolbox): void =>
  toolbox.script(
    'curl',
    'for word in "$@"; do [ "$word" != --aws-sigv4 ] || { echo "curl: option --aws-sigv4: is unknown" >&2; exit 2; }; done',
    `exec ${pathOf('curl')} "$@"`,
  );
export const withAws = (toolbox: Toolbox): void =>
  toolbox.script('aws', `PATH='${process.env['PATH'] ?? ''}' exec ${pathOf('aws')} "$@"`);

export type Environment = Readonly<Record<string, string>>;

/** An EC2 instance without a virtual machine: its metadata service, its role's credentials and its disk. */
export interface LocalInstance {
  readonly aws: AwsWorld;
  readonly metadataUrl: string;
  readonly credentials: Credentials;
  /** The folder in which boot/fetch stores what it fetches. */
  readonly folder: string;
  readonly toolbox: Toolbox;
  roleName: string | undefined;
  /** The value in the identity document. */
  region: string;
  /** Called for each request to the metadata service. */
  metadataFault: (path: string) => MetadataFault | undefined;
  /** Publishes any text instead of a config. */
  readonly plant: (grant: string, value: string) => void;
  /** The config of a service account, or, without one, that of a Google role on a resource. */
  readonly publish: (grant: string, email: string | undefined, change?: (value: string) => string) => void;
  readonly unpublish: (grant: string) => void;
  readonly environment: (more?: Environment) => Environment;
  /** Runs boot/fetch, or the file that `script` names, in a process group of its own. */
  readonly fetch: (options?: {
    readonly shell?: readonly string[];
    readonly script?: readonly string[];
    readonly environment?: Environment;
  }) => Promise<Ran>;
  /** Names in the folder, hidden ones included. */
  readonly files: () => readonly string[];
  readonly read: (name: string) => string;
  readonly write: (name: string, text: string) => void;
  /** Makes every listing that boot/fetch recorded in its manifest older by the given number of seconds. */
  readonly age: (seconds: number) => void;
  readonly close: () => Promise<void>;
}

/** Runs a program as the leader of a process group, so that it can be killed with everything that it started. */
export const runGroup = async (program: readonly string[], environment: Environment): Promise<Ran> => {
  const ended = await runProgram(program, { env: environment, detached: true });
  expectNoSecretIn([ended.output]);
  const { status } = ended;
  const output = ended.output.trim();
  return status === 0 ? { ok: true, output } : { ok: false, status, output };
};

export const startInstance = async (): Promise<LocalInstance> => {
  // Other tests cover AWS's rates. Here no read is throttled unless a test asks for it.
  const aws = await startAws({ accountId, ssmRates: 'unlimited', recreateAfterSeconds: 0 });
  const root = mkdtempSync(join(tmpdir(), 'rolebridge-instance-'));
  const folder = join(root, 'google-access');
  mkdirSync(folder);
  const toolbox = createToolbox();
  const credentials = aws.issueRoleCredentials('reports', 'i-0123456789abcdef0');
  const metadata = await startInstanceMetadata(
    () => ({
      accountId,
      region: instance.region,
      ...(instance.roleName === undefined ? {} : { roleName: instance.roleName, credentials }),
    }),
    (path) => instance.metadataFault(path),
  );
  const nameOf = (grant: string): string =>
    parameterName('/google-access', roleRef(instance.roleName ?? ''), grant);
  const plant = (grant: string, value: string): void => {
    const name = nameOf(grant);
    aws.ssm.parameters(region).set(name, { name, value, description: '', version: 1 });
  };
  const environment = (more: Environment = {}): Environment => ({
    PATH: toolbox.folder,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    AWS_ENDPOINT_URL_SSM: aws.url,
    GOOGLE_ACCESS_DIR: folder,
    GOOGLE_ACCESS_POOLS: `${settings.google.projectNumber}/${settings.google.pool}`,
    GOOGLE_ACCESS_WAIT_SECONDS: '0',
    ...more,
  });
  const instance: LocalInstance = {
    aws,
    metadataUrl: metadata.url,
    credentials,
    folder,
    toolbox,
    roleName: 'reports',
    region,
    metadataFault: () => undefined,
    plant,
    publish: (grant, email, change = (value) => value) =>
      plant(grant, change(JSON.stringify(credentialConfig(settings, `aws-${accountId}`, email), null, 2))),
    unpublish: (grant) => void aws.ssm.parameters(region).delete(nameOf(grant)),
    environment,
    fetch: ({ shell = [pathOf('sh')], script = ['boot/fetch'], environment: more = {} } = {}) =>
      runGroup([...shell, ...script], environment(more)),
    files: () => readdirSync(folder).toSorted(),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    write: (name, text) => writeFileSync(join(folder, name), text),
    age: (seconds) => {
      const manifest = readFileSync(join(folder, '.manifest'), 'utf8');
      const older = manifest.replaceAll(/\d+$/gm, (uptime) => String(Number(uptime) - seconds));
      writeFileSync(join(folder, '.manifest'), older);
    },
    close: async () => {
      await Promise.all([aws.close(), metadata.close()]);
      rmSync(root, { recursive: true, force: true });
      rmSync(toolbox.folder, { recursive: true, force: true });
    },
  };
  return instance;
};
