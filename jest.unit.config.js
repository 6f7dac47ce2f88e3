/** `npm test` asks for coverage. */
const isCounting = process.argv.includes('--coverage');

/**
 * `npm run test:unit`: the core, the use cases and the features in 20 s, without a network, a stand-in or a build. The suites share
 * a few threads, and Node itself strips the types. `npm test` runs all of them, and counts what they cover.
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

/** Only for `npm test`: one reads what a build made. The others take megabytes, such as texts on which a pattern may be slow. */
const later = [
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

export const swc = ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }];

export default {
  rootDir: '.',
  // Files outside of `tests` are only looked at for coverage: a file that no suite loads is not covered.
  roots: ['<rootDir>/tests', '<rootDir>/shared/core', '<rootDir>/cli/commands'],
  // Jest follows the order.
  testMatch: [...unitSuites.map((suites) => `**/${suites}`), `!**/${convergenceSuites}`],
  testPathIgnorePatterns: isCounting ? [] : later,
  runner: 'jest-light-runner',
  setupFiles: ['end-hanging', ...(isCounting ? ['count-coverage'] : [])].map(
    (name) => `<rootDir>/tests/support/${name}.ts`,
  ),
  // For files that no suite loads: Jest itself reads them, to count what they lack.
  transform: { '^.+\\.ts$': swc },
  collectCoverageFrom: covered,
  coverageReporters: ['text'],
  coverageThreshold: Object.fromEntries(covered.map((path) => [path, complete])),
  reporters: ['default', '<rootDir>/tests/support/skipped-reporter.cjs'],
  maxWorkers: 2,
};
