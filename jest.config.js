import { convergenceSuites, swc, unitSuites } from './jest.unit.config.js';

// ESM-only packages that Jest's CommonJS runtime must transform like our own sources.
const esmOnly = ['@middy', 'p-map', 'p-throttle', '@marcbachmann', 'commander', 'yocto'].join('|');

/**
 * The suites of `npm test` that are not in jest.unit.config.js. Each has a sandbox of its own, and most use stand-ins, programs or a
 * build.
 */
export default {
  rootDir: '.',
  roots: ['<rootDir>/local', '<rootDir>/tests'],
  // Jest follows the order.
  testMatch: ['**/*.test.ts', ...unitSuites.map((suites) => `!**/${suites}`), `**/${convergenceSuites}`],
  testEnvironment: '<rootDir>/tests/support/environment.ts',
  // The end-to-end suites share two cores with the functions that they start.
  testTimeout: 60_000,
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  setupFiles: ['<rootDir>/tests/support/fetch.cjs'],
  transform: { '^.+\\.(t|j|mj)s$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly}))`],
  moduleNameMapper: { '^@middy/(.*)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  // The end-to-end suites wait for other processes much of the time.
  maxWorkers: 3,
  testSequencer: '<rootDir>/tests/support/longest-first.cjs',
  reporters: [
    'default',
    '<rootDir>/tests/support/skipped-reporter.cjs',
    '<rootDir>/tests/support/permission-reporter.ts',
  ],
};
