/** Bundles the command line into one file, which runs anywhere: dist/rolebridge.mjs. Runs after `npm ci`, too. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bootFile, bootFileNames } from '../cli/commands/boot/boot-files.ts';
import { bundleAssets } from '../cli/commands/report/page/assets.ts';
import { shortened } from './bundle-options.ts';
import { metafileOf } from './bundled.ts';

/** Tests build into another folder. */
const outfile = process.argv[2] ?? 'dist/rolebridge.mjs';

/** dynalite requires its actions without a file extension, which works in Node and not in a bundle. It also uses url.parse. */
const dynaliteActions: Plugin = {
  name: 'dynalite-actions',
  setup: (made) => {
    made.onLoad({ filter: /node_modules[\\/]dynalite[\\/]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(/(require\('\.\/(?:actions|validations)\/' \+ action)\)/g, "$1 + '.js')")
        // Outside of node_modules, Node warns about url.parse (DEP0169).
        .replaceAll(
          'url.parse(req.url, true).query',
          "Object.fromEntries(new URL(req.url, 'http://localhost').searchParams)",
        ),
      loader: 'js',
    }));
  },
};

/** esbuild's chunk of a CommonJS library exports only `default`. This adds the names that `import()` finds in Node. */
const namedExports: Plugin = {
  name: 'named-exports',
  setup: (made) => {
    made.onResolve({ filter: /^googleapis\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'named-exports' } : undefined,
    );
    made.onLoad({ filter: /^/, namespace: 'named-exports' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object).filter((name) =>
        /^(?!default$)\w+$/.test(name),
      );
      return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir: process.cwd() };
    });
  },
};

/**
 * An import statement reads every export of a module of Node, and one of node:http loads undici, which takes a quarter of the time of a
 * start. `require` reads nothing until it is used.
 */
const requiredHttp: Plugin = {
  name: 'required-http',
  setup: (made) => {
    made.onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'required-http' } : undefined,
    );
    made.onLoad({ filter: /^/, namespace: 'required-http' }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));
  },
};

const common = { ...shortened, format: 'esm' } as const;

/**
 * First into chunks, then into one file. In a single step, esbuild wraps every module that an `import()` reaches, and keeps
 * all of it: whole AWS clients of which we call one operation. Splitting drops unused code before anything is wrapped.
 */
const chunks = mkdtempSync(join(tmpdir(), 'rolebridge-build-'));
const { metafile } = await build({
  ...common,
  entryPoints: ['cli/rolebridge.ts'],
  outdir: chunks,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  mainFields: ['module', 'main'],
  // The local world's DynamoDB keeps its tables in memory, so LevelDB's native part is never used.
  alias: { level: 'memory-level' },
  plugins: [...shortened.plugins, dynaliteActions, namedExports],
  define: {
    ROLEBRIDGE_BOOT_FILES: JSON.stringify(
      Object.fromEntries(bootFileNames.map((name) => [name, bootFile('.', name)])),
    ),
    ROLEBRIDGE_REPORT_ASSETS: JSON.stringify(await bundleAssets('.')),
  },
  metafile: true,
});
const { outputFiles } = await build({
  ...common,
  write: false,
  // The file contains paths relative to this folder. They are the same in every build.
  absWorkingDir: chunks,
  entryPoints: ['rolebridge.mjs'],
  outfile: resolve(outfile),
  plugins: [requiredHttp],
  // Libraries that are CommonJS ask for `require`.
  banner: {
    js: `import { createRequire as rolebridgeRequire } from 'node:module';
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error('rolebridge needs Node 24 or later, and this is ' + process.version + '.');
  process.exit(1);
}
const require = rolebridgeRequire(import.meta.url);`,
  },
});
rmSync(chunks, { recursive: true });
mkdirSync(dirname(outfile), { recursive: true });
// esbuild escapes strings, but not regular expressions. One character beyond ASCII makes Node read the whole file as UTF-16,
// which takes 0.1 s more at each start.
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
writeFileSync(outfile, outputFiles.map(({ text }) => text.replaceAll(/[^\0-\x7F]/g, escaped)).join(''));
writeFileSync(metafileOf(outfile), JSON.stringify(metafile));
chmodSync(outfile, 0o755);
// Newcomers see this line after `npm ci`: the Node that they started npm with may be older.
if (process.env['npm_command'] === 'ci' || process.env['npm_command'] === 'install')
  console.log(`Installed Node ${process.version} for this project. npm scripts and ./rolebridge use it.`);
