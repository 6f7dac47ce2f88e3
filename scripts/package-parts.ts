/** Writes the rest of the package, after both builds: the local world's own files, and the licenses of everything in the bundles. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { shortened } from './bundle-options.ts';
import { notices } from './bundled.ts';

const folder = 'dist/local';

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  ...shortened,
  entryPoints: ['local/workload.ts'],
  outfile: `${folder}/workload.mjs`,
  format: 'esm',
  // Libraries that are CommonJS ask for `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
copyFileSync('local/stack/bootstrap.cjs', `${folder}/bootstrap.cjs`);
// The settings of the demo's company.
copyFileSync('rolebridge.yml', `${folder}/rolebridge.yml`);
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices());
