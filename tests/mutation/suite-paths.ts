import { globSync } from 'node:fs';
import { convergenceSuites, laterSuites, unitSuites } from '../../jest.config.js';

/** The suites of `npm run test:unit`, as paths in the working directory: Stryker's copy of the repository. */
export const suitePaths = (): readonly string[] =>
  globSync(unitSuites, { exclude: [convergenceSuites] })
    .filter((path) => !leftOut.some((pattern) => pattern.test(path)))
    .toSorted();

const leftOut = [
  ...laterSuites.map((pattern) => new RegExp(pattern)),
  // A thousand accounts: they take a fifth of all the time.
  /\/(account-limits|many-accounts)\.test\.ts$/,
  // It counts how often each case occurred, and needs more runs than few-runs.ts leaves it.
  /\/plan-agreement\.test\.ts$/,
];
