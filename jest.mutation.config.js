import { withoutBuild } from './jest.unit.config.js';

// The suites that mutants run against: with the stand-in of Google for those of setup.
export default {
  ...withoutBuild,
  testMatch: [...withoutBuild.testMatch, '<rootDir>/tests/setup/with-google/**/*.test.ts'],
  runner: '<rootDir>/tests/support/mutation-runner.ts',
  // Thousands of runs fail, and no one reads their stacks.
  noStackTrace: true,
  watchman: false,
};
