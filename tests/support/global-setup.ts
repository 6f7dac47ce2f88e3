import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The command line is tested as it is built, and it is built again before each run. */
export default (): void => {
  // The suites start hundreds of Nodes that load the same few bundles: each compiles only code that no other has
  // compiled before.
  process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/node-compile');
  execFileSync(process.execPath, ['scripts/build-cli.ts'], { stdio: 'inherit' });
};
