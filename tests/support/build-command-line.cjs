/** The command line is tested as it is built, and it is built again before each run. */
const { execFileSync } = require('node:child_process');
const path = require('node:path');

module.exports = () => {
  // The suites start hundreds of Nodes that load the same few bundles: each compiles only code that no other has
  // compiled before.
  process.env['NODE_COMPILE_CACHE'] ??= path.resolve('node_modules/.cache/node-compile');
  execFileSync(process.execPath, ['scripts/build-cli.ts'], { stdio: 'inherit' });
};
