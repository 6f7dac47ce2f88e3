import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Variables } from './command-line.ts';
import { type Ended, runProgram } from './run-program.ts';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface InstalledPackage {
  /** A repository of the company's own, without anything but the installed package. */
  readonly folder: string;
  readonly packed: {
    readonly size: number;
    readonly unpackedSize: number;
    readonly files: readonly PackedFile[];
  };
  /** `npx rolebridge …`, without npm. */
  readonly run: (variables: Variables, ...args: readonly string[]) => Promise<Ended>;
  /** The commands of a pipeline, as its runner runs them. */
  readonly shell: (variables: Variables, script: string) => Promise<Ended>;
  readonly read: (name: string) => string;
  readonly remove: () => void;
}

/**
 * `npm pack` of what is built here, unpacked as npm would. Only its dependency is linked, not downloaded: the checkout has the
 * same version.
 */
export const installPackage = (): InstalledPackage => {
  execFileSync(process.execPath, ['scripts/package-parts.ts'], { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-adopt-'));
  const text = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    encoding: 'utf8',
  });
  const packed = packedIn(JSON.parse(text));
  const home = mkdtempSync(join(tmpdir(), 'rolebridge-home-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(join(modules, 'rolebridge'));
  const tarball = join(folder, packed.filename);
  execFileSync('tar', ['-xzf', tarball, '-C', join(modules, 'rolebridge'), '--strip-components=1']);
  rmSync(tarball);
  symlinkSync(resolve('node_modules/osls'), join(modules, 'osls'));
  symlinkSync('../rolebridge/rolebridge', join(modules, '.bin/rolebridge'));
  const start = (command: readonly string[], variables: Variables): Promise<Ended> =>
    runProgram(command, {
      cwd: folder,
      env: {
        PATH: [join(modules, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
        // `serverless` writes into it.
        HOME: home,
        NODE_NO_WARNINGS: '1',
        ...variables,
      },
    });
  return {
    folder,
    packed,
    run: (variables, ...args) => start([join(modules, '.bin/rolebridge'), ...args], variables),
    shell: (variables, script) => start(['bash', '-e', '-c', script], variables),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: () => {
      for (const path of [folder, home]) rmSync(path, { recursive: true, force: true });
    },
  };
};

type Packed = InstalledPackage['packed'] & { readonly filename: string };

/** npm 11 lists the packages by name, and earlier versions in an array. */
const packedIn = (document: Readonly<Record<string, Packed>> | readonly Packed[]): Packed => {
  const [packed] = Object.values(document);
  if (packed === undefined) throw new Error('npm pack made no package.');
  return packed;
};
