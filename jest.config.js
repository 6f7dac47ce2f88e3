// ESM-only packages that Jest's CommonJS runtime must transform like our own sources.
const esmOnly = ['@middy', 'p-map', 'p-throttle', '@marcbachmann', 'commander', 'yocto'].join('|');

// IAM policies that people attach: as complete as the core.
const policies = ['cli/commands/boot/own-parameters-policy.ts', 'cli/commands/guard/control-policy.ts'];
const complete = { statements: 100, branches: 100, functions: 100, lines: 100 };

/** How any suite is run. */
const suites = {
  rootDir: '.',
  roots: ['<rootDir>/local', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/tests/support/environment.ts',
  // The end-to-end suites share two cores with the functions that they start.
  testTimeout: 60_000,
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  setupFiles: ['<rootDir>/tests/support/fetch.cjs'],
  transform: {
    '^.+\\.(t|j|mj)s$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly}))`],
  moduleNameMapper: { '^@middy/(.*)$': '<rootDir>/node_modules/@middy/$1/index.js' },
};

/**
 * Here no coverage is counted: it slows these suites down by up to a fifth, and the convergence by half. The others cover shared/core
 * and the policies to the last branch.
 */
const uncounted = ['app/convergence', 'boot', 'conformance', 'e2e', 'setup/with-google', 'stack', 'use'];

export default {
  projects: [
    {
      ...suites,
      displayName: 'counted',
      testPathIgnorePatterns: ['/node_modules/', ...uncounted.map((folder) => `/tests/${folder}/`)],
    },
    {
      ...suites,
      displayName: 'uncounted',
      testMatch: uncounted.map((folder) => `<rootDir>/tests/${folder}/**/*.test.ts`),
      coveragePathIgnorePatterns: ['/'],
    },
  ],
  // Jest reads it here, and not in a project.
  testTimeout: suites.testTimeout,
  // The end-to-end suites wait for other processes much of the time.
  maxWorkers: 3,
  testSequencer: '<rootDir>/tests/support/longest-first.cjs',
  reporters: [
    'default',
    '<rootDir>/tests/support/skipped-reporter.cjs',
    '<rootDir>/tests/support/permission-reporter.ts',
  ],
  // What the functions do inside their bundles, in processes of their own, is not counted here; nor are the stand-ins,
  // which counting slows down.
  collectCoverageFrom: ['shared/**/*.ts', 'handlers/**/*.ts', ...policies],
  coverageReporters: ['text'],
  coverageThreshold: Object.fromEntries(['shared/core/', ...policies].map((path) => [`./${path}`, complete])),
};
