import { suites } from './jest.config.js';

// Nothing of these suites runs a build.
const { globalSetup: _, ...base } = suites;

/** The core, the use cases and the features: without a network, a stand-in or a build. */
export const withoutBuild = {
  ...base,
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
  ],
  reporters: ['default'],
};

/** `npm run test:unit`: in 20 s. */
export default {
  ...withoutBuild,
  testPathIgnorePatterns: [
    ...withoutBuild.testPathIgnorePatterns,
    // Megabytes: texts that a slow pattern would stumble over, messages and items that are too large.
    '(long-texts|message-sizes|ledger-size|full-item|sweep-answer)\\.test\\.ts$',
  ],
  moduleNameMapper: { ...base.moduleNameMapper, '^fast-check$': '<rootDir>/tests/support/fewer-runs.cjs' },
  maxWorkers: 2,
};
