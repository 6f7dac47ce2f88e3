import { suites } from './jest.config.js';

// Nothing of these suites runs a build.
const { globalSetup: _, ...base } = suites;

// The suites that mutants of shared/core and shared/app run against: quick, and without a network or a build.
export default {
  ...base,
  testMatch: [
    '<rootDir>/tests/core/**/*.test.ts',
    '<rootDir>/tests/app/**/*.test.ts',
    '<rootDir>/tests/{doctor,setup,explain,credentials}/**/*.test.ts',
    '<rootDir>/tests/cli/control-policy.test.ts',
    '<rootDir>/tests/config.test.ts',
  ],
  testPathIgnorePatterns: [
    // Reads what a build made.
    '/core/stack\\.test\\.ts$',
    // Half a minute each, for every mutant: what they notice is not counted here.
    '/convergence/',
  ],
  runner: '<rootDir>/tests/support/mutation-runner.ts',
  // Thousands of failing runs, of which nobody reads the stack.
  noStackTrace: true,
  watchman: false,
  reporters: ['default'],
  // The first run, which counts coverage, may share the machine with other work.
  testTimeout: 60_000,
};
