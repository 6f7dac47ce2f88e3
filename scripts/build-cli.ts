/** Bundles the command line into one file, which runs anywhere: dist/rolebridge.mjs. Runs after `npm ci`, too. */
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

const outfile = 'dist/rolebridge.mjs';

await build({
  entryPoints: ['cli/rolebridge.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  mainFields: ['module', 'main'],
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
});
chmodSync(outfile, 0o755);
