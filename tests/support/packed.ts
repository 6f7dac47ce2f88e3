import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Packed {
  readonly tarball: string;
  readonly version: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

/** Runs `npm pack` on a built folder. */
export const packFolder = (folder: string, destination: string): Packed => {
  const text = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', destination],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const { filename, ...packed } = packedIn(JSON.parse(text));
  return { ...packed, tarball: join(destination, filename) };
};

/**
 * The next version of a packed one. Its functions print their version when Lambda loads them, so that a test sees
 * which one is running.
 */
export const packNextVersion = ({ tarball, version }: Packed, destination: string): Packed => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-next-'));
  try {
    execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
    const next = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
    for (const name of ['package.json', 'dist/rolebridge.mjs']) {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(`"${version}"`, `"${next}"`));
    }
    for (const name of ['reconcile', 'sweep'])
      appendFileSync(join(folder, `dist/handlers/${name}.js`), `\nconsole.log("${versionLine(next)}");\n`);
    return packFolder(folder, destination);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const versionLine = (version: string): string => `This is version ${version}.`;

type Listed = Omit<Packed, 'tarball'> & { readonly filename: string };

/** npm 11 lists the packages by name, and earlier versions in an array. */
const packedIn = (document: Readonly<Record<string, Listed>> | readonly Listed[]): Listed => {
  const [packed] = Object.values(document);
  if (packed === undefined) throw new Error('npm pack made no package.');
  return packed;
};
