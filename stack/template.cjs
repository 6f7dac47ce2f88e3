// @ts-check
/**
 * Every value that serverless.yml includes: rolebridge.yml, checked and complete, and the parts of the template that YAML
 * cannot express. `serverless` includes CommonJS files only, so this one hands over to TypeScript, which Node 24 reads itself.
 * `serverless package` and `serverless deploy` stop here if rolebridge.yml has errors, even without our build.
 */

module.exports = {
  // A copy: `serverless` writes into the object, and ours is frozen.
  settings: () => structuredClone(settings()),
  digest: () => require('../shared/core/settings-digest.ts').settingsDigest(settings()),
  alarms: () => require('./alarms.ts').alarmResources(settings()),
  dashboard: () => require('./dashboard.ts').dashboardResources(settings()),
  notifications: () => require('./notifications.ts').notificationResources(settings()),
  parameters: () => require('./parameter-arns.ts').parameterArns(settings()),
  prefixes: () => require('./parameter-arns.ts').prefixArns(settings()),
};

/** @type {import('../shared/core/settings.ts').Settings | undefined} */
let loaded;
const settings = () => (loaded ??= load());

const load = () => {
  if (Number.parseInt(process.versions.node, 10) < 24)
    return refuse(
      `rolebridge needs Node 24 or later, and this is ${process.version}. npm run package and npx serverless use the project's own.`,
    );
  const { loadSettings } = require('../shared/config/config.ts');
  try {
    return loadSettings('rolebridge.yml');
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConfigError') throw error;
    return refuse(error.message);
  }
};

/**
 * Ends the program: `serverless` would print a thrown error once for every part of the template, each with its stack.
 * @param {string} message
 * @returns {never}
 */
const refuse = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};
