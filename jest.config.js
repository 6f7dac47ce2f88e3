/** `npm test` asks for coverage. */
const isCounting = process.argv.includes('--coverage');
/** `npm run test:unit` selects one project. */
const isQuick = process.argv.includes('--selectProjects') && !isCounting;

/**
 * `npm run test:unit`: the core, the use cases and the features in 20 s, without a network, a stand-in or a build. `npm test` runs all
 * of them, and counts what they cover.
 */
export const unitSuites = [
  'tests/core/**/*.test.ts',
  'tests/app/**/*.test.ts',
  'tests/{accounts,doctor,setup,explain,credentials,permissions,history,keys,report,stages,wait}/*.test.ts',
  'tests/cli/{control,own-parameters}-policy.test.ts',
  'tests/config*.test.ts',
];

/** Half a minute each. Others cover what they cover. */
export const convergenceSuites = 'tests/app/convergence/**/*.test.ts';

/** Not in `npm run test:unit`: one reads what a build made. The others take megabytes, such as texts on which a pattern may be slow. */
export const laterSuites = [
  '/core/stack\\.test\\.ts$',
  '(long-texts|message-sizes|ledger-size|full-item|sweep-answer)\\.test\\.ts$',
];

/** Covered to the last branch: the core, and IAM policies that people attach. */
export const covered = [
  'shared/core/**/*.ts',
  'cli/commands/boot/own-parameters-policy.ts',
  'cli/commands/guard/control-policy.ts',
];
const complete = { statements: 100, branches: 100, functions: 100, lines: 100 };

const swc = ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }];

const inFolder = (suites) => `**/${suites}`;
const support = '<rootDir>/tests/support';

/** The suites of a project share a few threads, and Node itself strips the types. */
const inBareNode = { runner: 'jest-light-runner', setupFiles: [`${support}/end-hanging.ts`] };

const unit = {
  ...inBareNode,
  displayName: 'unit',
  // Files outside of `tests` are only looked at for coverage: a file that no suite loads is not covered.
  roots: ['<rootDir>/tests', '<rootDir>/shared/core', '<rootDir>/cli/commands'],
  // Jest follows the order.
  testMatch: [...unitSuites.map(inFolder), `!${inFolder(convergenceSuites)}`],
  testPathIgnorePatterns: isQuick ? laterSuites : [],
  setupFiles: [...inBareNode.setupFiles, ...(isCounting ? [`${support}/count-coverage.ts`] : [])],
  // For files that no suite loads: Jest itself reads them, to count what they lack.
  transform: { '^.+\\.ts$': swc },
};

const convergence = {
  ...inBareNode,
  displayName: 'convergence',
  roots: ['<rootDir>/tests/app/convergence'],
  testMatch: [inFolder(convergenceSuites)],
};

// ESM-only packages that Jest's CommonJS runtime must transform like our own sources.
const esmOnly = ['@middy', 'p-map', 'p-throttle', '@marcbachmann', 'commander', 'yocto'].join('|');

/** All others. Each has a sandbox of its own, and most use stand-ins, programs or a build. */
const integration = {
  displayName: 'integration',
  roots: ['<rootDir>/local', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts', ...unitSuites.map((suites) => `!${inFolder(suites)}`)],
  testEnvironment: `${support}/environment.ts`,
  globalSetup: `${support}/global-setup.ts`,
  setupFiles: [`${support}/fetch.cjs`],
  transform: { '^.+\\.(t|j|mj)s$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly}))`],
  moduleNameMapper: { '^@middy/(.*)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  // The suites of `unit` count.
  coveragePathIgnorePatterns: ['/'],
};

export default {
  projects: [unit, convergence, integration],
  collectCoverageFrom: covered,
  coverageReporters: ['text'],
  coverageThreshold: Object.fromEntries(covered.map((path) => [path, complete])),
  // The end-to-end suites share two cores with the functions that they start. Jest ignores a project's own limit.
  testTimeout: 60_000,
  // They wait for other processes much of the time.
  maxWorkers: 4,
  testSequencer: '<rootDir>/tests/support/longest-first.cjs',
  reporters: [
    'default',
    '<rootDir>/tests/support/skipped-reporter.cjs',
    '<rootDir>/tests/support/permission-reporter.ts',
  ],
};
