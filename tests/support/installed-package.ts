import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import type { Variables } from './command-line.ts';
import { compileCache } from './compile-cache.ts';
import { type Packed, packFolder } from './packed.ts';
import { type Ended, runProgram } from './run-program.ts';

export interface InstalledPackage {
  /** A repository of the company's own that contains only the installed package. */
  readonly folder: string;
  readonly packed: Packed;
  /** Installs another version over this one. */
  readonly install: (tarball: string) => Promise<void>;
  /** Runs `npx rolebridge …`, but without npm. */
  readonly run: (variables: Variables, ...args: readonly string[]) => Promise<Ended>;
  /** Runs the commands of a pipeline, as its runner does. */
  readonly shell: (variables: Variables, script: string) => Promise<Ended>;
  readonly read: (name: string) => string;
  readonly remove: () => void;
}

/** Whether npm finds the package's dependency. If not, the checkout's is linked. */
export const hasRegistry =
  spawnSync('npm', ['view', 'osls', 'version', '--fetch-retries=0', '--fetch-timeout=10000']).status === 0;

/** Runs `npm pack` on the build, and installs the result with npm into an empty folder. */
export const installPackage = async (): Promise<InstalledPackage> => {
  execFileSync(process.execPath, ['scripts/package-parts.ts'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-adopt-'));
  const home = mkdtempSync(join(tmpdir(), 'rolebridge-home-'));
  const packed = packFolder('.', home);
  const modules = join(folder, 'node_modules');
  const install = (tarball: string): Promise<void> =>
    hasRegistry ? installWithNpm(folder, tarball) : unpackAndLink(modules, tarball);
  await install(packed.tarball);
  const start = (command: readonly string[], variables: Variables): Promise<Ended> =>
    runProgram(command, {
      cwd: folder,
      env: {
        PATH: pathWith(join(modules, '.bin')),
        // `serverless` writes into it.
        HOME: home,
        NODE_NO_WARNINGS: '1',
        ...compileCache,
        ...variables,
      },
    });
  return {
    folder,
    packed,
    install,
    run: (variables, ...args) => start([join(modules, '.bin/rolebridge'), ...args], variables),
    shell: (variables, script) => start(['bash', '-e', '-c', script], variables),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: () => {
      for (const path of [folder, home]) rmSync(path, { recursive: true, force: true });
    },
  };
};

/** npm does not download again what is in its cache. */
const installWithNpm = async (folder: string, tarball: string): Promise<void> => {
  const { status, output } = await runProgram(
    ['npm', 'install', '--save-dev', '--prefer-offline', '--no-audit', '--no-fund', tarball],
    { cwd: folder, env: { ...process.env, PATH: pathWith() } },
  );
  if (status !== 0) throw new Error(`npm install ${basename(tarball)} failed: ${output}`);
};

const pathWith = (...folders: readonly string[]): string =>
  [...folders, dirname(process.execPath), process.env['PATH']].join(delimiter);

/** Unpacks the package as npm would, and links the checkout's copy of its dependency. */
const unpackAndLink = async (modules: string, tarball: string): Promise<void> => {
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(join(modules, 'rolebridge'));
  execFileSync('tar', ['-xzf', tarball, '-C', join(modules, 'rolebridge'), '--strip-components=1']);
  symlinkSync(resolve('node_modules/osls'), join(modules, 'osls'));
  symlinkSync('../rolebridge/rolebridge', join(modules, '.bin/rolebridge'));
};
