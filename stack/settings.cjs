/**
 * rolebridge.yml, checked and complete, for serverless.yml and for the parts of the template that YAML cannot make. All of it
 * passes through here, so that `serverless package` and `serverless deploy` make nothing of a faulty file, even without our build.
 */

/** Thrown errors would be printed once for every part of the template, each with its stack. */
const refuse = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const load = () => {
  if (Number.parseInt(process.versions.node, 10) < 24)
    return refuse(
      `rolebridge needs Node 24 or later, and this is ${process.version}. npm run package and npx serverless use the project's own.`,
    );
  // Node 24 reads TypeScript itself. The defaults have one home.
  const { loadSettings } = require('../shared/config.ts');
  try {
    return loadSettings('rolebridge.yml');
  } catch (error) {
    if (error.name !== 'ConfigError') throw error;
    return refuse(error.message);
  }
};

/** A copy: `serverless` writes into what it is given, and ours is frozen. */
module.exports = function settings() {
  return structuredClone(load());
};
