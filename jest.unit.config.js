/**
 * `npm run test:unit`: the core, the use cases and the features in 20 s, without a network, a stand-in or a build. The suites share
 * a few threads, and Node itself strips the types. `npm test` gives each suite a world of its own.
 */
export default {
  rootDir: '.',
  roots: ['<rootDir>/tests'],
  testMatch: [
    '<rootDir>/tests/core/**/*.test.ts',
    '<rootDir>/tests/app/**/*.test.ts',
    '<rootDir>/tests/{accounts,doctor,setup,explain,credentials,permissions,history,keys,report,wait}/*.test.ts',
    '<rootDir>/tests/cli/control-policy.test.ts',
    '<rootDir>/tests/config.test.ts',
  ],
  testPathIgnorePatterns: [
    // Reads what a build made.
    '/core/stack\\.test\\.ts$',
    // Half a minute each.
    '/convergence/',
    // Megabytes: texts that a slow pattern would stumble over, messages and items that are too large.
    '(long-texts|message-sizes|ledger-size|full-item|sweep-answer)\\.test\\.ts$',
  ],
  runner: 'jest-light-runner',
  transform: {},
  reporters: ['default'],
  maxWorkers: 2,
};
