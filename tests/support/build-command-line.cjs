/** The command line is tested as it is built, and it is built anew before each run. */
const { execFileSync } = require('node:child_process');

module.exports = () => execFileSync(process.execPath, ['scripts/build-cli.ts'], { stdio: 'inherit' });
