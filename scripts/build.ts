/** Bundles the functions (CommonJS, minified, with a source map beside the bundle and not in it) and the stack's definition. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { loadSettings, serviceConfigPaths } from '../shared/config/config.ts';
import { overridesBeside } from '../shared/config/paths.ts';
import { usualStage } from '../shared/core/stack.ts';
import { bundling } from './bundle-options.ts';
import { metafileOf } from './bundled.ts';
import { buildService } from './service-bundle.ts';

// Do not build a stack if rolebridge.yml has errors: print all of them. With override files, `serverless` checks the files of
// the stage to be deployed, which this script does not know.
const files = serviceConfigPaths(usualStage);
if (files.length === 1 && (process.env['ROLEBRIDGE_CONFIG'] || overridesBeside(files[0]).size === 0)) {
  try {
    loadSettings(files);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

const functions = ['reconcile', 'sweep'];

rmSync('dist/handlers', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
// The package is "type": "module", but the bundles are CommonJS, which loads faster in Lambda.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

const { metafile } = await build({
  ...bundling,
  entryPoints: functions.map((name) => `handlers/${name}.ts`),
  outdir: 'dist/handlers',
  format: 'cjs',
  minify: true,
  sourcemap: 'external',
  // Takes 40 % off the AWS SDK's size and load time against its CommonJS build.
  mainFields: ['module', 'main'],
  // The functions use only this class. The package's root would also bring the clients of Google's own machines.
  alias: { 'google-auth-library': 'google-auth-library/build/src/auth/awsclient.js' },
  // Never loaded. Lambda puts credentials into the environment, which the SDK's chain asks first.
  external: [
    ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map(
      (name) => `@aws-sdk/credential-provider-${name}`,
    ),
    '@smithy/credential-provider-imds',
    // node-fetch asks for it only where Node has no streams of its own.
    'web-streams-polyfill',
  ],
  metafile: true,
});
writeFileSync(metafileOf('dist/handlers.js'), JSON.stringify(metafile));
await buildService();
for (const name of functions)
  console.log(`Built dist/handlers/${name}.js (source map: dist/handlers/${name}.js.map).`);
