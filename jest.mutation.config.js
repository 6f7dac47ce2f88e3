import base from './jest.config.js';

// The suites that mutants of shared/core and shared/app run against: quick, and without a network or a build.
export default {
  ...base,
  testMatch: [
    '<rootDir>/tests/core/**/*.test.ts',
    '<rootDir>/tests/app/**/*.test.ts',
    '<rootDir>/tests/config.test.ts',
  ],
  reporters: ['default'],
  testTimeout: 10_000,
};
