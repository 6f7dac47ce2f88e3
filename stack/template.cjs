// @ts-check
/**
 * Every value that serverless.yml includes: the stage's settings, checked and complete, and the parts of the template that YAML
 * cannot express. `serverless` includes CommonJS files only, so this one hands over to TypeScript, which Node 24 reads itself.
 * `serverless package` and `serverless deploy` stop here if rolebridge.yml has errors, even without our build.
 */

/** @typedef {{ readonly options: { readonly stage?: string } }} Context as `serverless` passes it to each function */
/** @typedef {import('../shared/core/settings.ts').Settings} Settings */

/** @param {(settings: Settings) => unknown} part */
const of =
  (part) =>
  (/** @type {Context} */ { options }) =>
    part(settings(options.stage));

module.exports = {
  // A copy: `serverless` writes into the object, and ours is frozen.
  settings: of(structuredClone),
  digest: of((found) => require('../shared/core/settings-digest.ts').settingsDigest(found)),
  alarms: of((found) => require('./alarms.ts').alarmResources(found)),
  dashboard: of((found) => require('./dashboard.ts').dashboardResources(found)),
  notifications: of((found) => require('./notifications.ts').notificationResources(found)),
  roleEventPattern: of(({ tagKey }) =>
    require('../shared/core/role-event-pattern.ts').roleEventPattern(tagKey),
  ),
  memberBus: of((found) => require('./member-bus.ts').memberBus(found)),
  reconcilePolicies: of((found) => policies(found, 'reconcile')),
  sweepPolicies: of((found) => policies(found, 'sweep')),
  companyRules: of((found) => require('./company-rules.ts').companyRules(found)),
  // `serverless` treats null as left out.
  rolePath: of(({ deploy }) => deploy?.rolePath ?? '/'),
  stackTags: of(({ deploy }) => structuredClone(deploy?.stackTags ?? null)),
  deploymentBucket: of(({ deploy }) => deploy?.deploymentBucket ?? null),
  cloudFormationRole: of(({ deploy }) => deploy?.cloudFormationRole ?? null),
  vpc: of(({ deploy }) => structuredClone(deploy?.vpc ?? null)),
  logRetentionDays: of(({ deploy }) => deploy?.logRetentionDays ?? 90),
};

/** @param {Settings} found @param {'reconcile' | 'sweep'} role */
const policies = (found, role) => {
  const { functionPolicies, policyNamed } = require('./function-policies.ts');
  return policyNamed(role, functionPolicies(found, '${sls:stage}')[role]);
};

/** @type {Settings | undefined} */
let loaded;
/** One run of `serverless` has one stage. @param {string} [stage] */
const settings = (stage) => (loaded ??= load(stage));

/** @param {string} [stage] */
const load = (stage = 'prod') => {
  if (Number.parseInt(process.versions.node, 10) < 24)
    return refuse(
      `rolebridge needs Node 24 or later, and this is ${process.version}. npm run package and npx serverless use the project's own.`,
    );
  const { loadSettings, serviceConfigPaths } = require('../shared/config/config.ts');
  try {
    return loadSettings(serviceConfigPaths(stage));
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
