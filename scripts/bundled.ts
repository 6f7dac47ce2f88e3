/** Lists the packages in the bundles, from esbuild's metafiles (scripts/build.ts, scripts/build-cli.ts). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Where a build writes its metafile. */
export const metafileOf = (outfile: string): string => outfile.replace(/\.\w+$/, '.meta.json');

const built = ['dist/handlers.js', 'dist/rolebridge.mjs'];

export interface BundledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The package's own folder, also where it lies within another one: `node_modules/a/node_modules/@b/c`. */
const folderOf = (input: string): string | undefined =>
  /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];

/** Sorted by name. @throws if nothing was built yet. */
export const bundledPackages = (): readonly BundledPackage[] => {
  const inputs = built.flatMap((outfile) => {
    const { outputs } = JSON.parse(readFileSync(metafileOf(outfile), 'utf8')) as Metafile;
    return Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [input] : [],
      ),
    );
  });
  const folders = new Set(inputs.flatMap((input) => folderOf(input) ?? []));
  return [...folders]
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as BundledPackage;
      return { folder, name, version, license };
    })
    .toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
};

const noticeNames = /^(licen[cs]e|notice|copying)(-\w+)?(\.(md|txt))?$/i;

/** Licenses require their text to go with every copy, and minified bundles do not contain it. */
export const notices = (): string =>
  bundledPackages()
    .map(({ folder, name, version, license }) => {
      const texts = readdirSync(folder)
        .filter((file) => noticeNames.test(file))
        .toSorted()
        .map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return [`${name} ${version}: ${license}`, ...texts].join('\n\n');
    })
    .join(`\n\n${'='.repeat(80)}\n\n`);
