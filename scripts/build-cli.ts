/** Bundles the command line into one file, which runs anywhere: dist/rolebridge.mjs. Runs after `npm ci`, too. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';
import { bootFile, bootFileNames } from '../cli/commands/boot/boot-files.ts';
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

const { metafile } = await build({
  entryPoints: ['cli/rolebridge.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  mainFields: ['module', 'main'],
  // The local world's DynamoDB keeps its tables in memory, so LevelDB's native part is never used.
  alias: { level: 'memory-level' },
  plugins: [dynaliteActions],
  define: {
    ROLEBRIDGE_BOOT_FILES: JSON.stringify(
      Object.fromEntries(bootFileNames.map((name) => [name, bootFile('.', name)])),
    ),
  },
  // Libraries that are CommonJS ask for `require`.
  banner: {
    js: `import { createRequire as rolebridgeRequire } from 'node:module';
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error('rolebridge needs Node 24 or later, and this is ' + process.version + '.');
  process.exit(1);
}
const require = rolebridgeRequire(import.meta.url);`,
  },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});
writeFileSync(metafileOf(outfile), JSON.stringify(metafile));
chmodSync(outfile, 0o755);
// Newcomers see this line after `npm ci`: the Node that they started npm with may be older.
if (process.env['npm_command'] === 'ci' || process.env['npm_command'] === 'install')
  console.log(`Installed Node ${process.version} for this project. npm scripts and npx use it.`);
