import { INSTRUMENTER_CONSTANTS, type MutantCoverage } from '@stryker-mutator/api/core';

/** What the mutated code reads and writes while it runs: which mutant is on, and which test reaches which mutants. */
interface Context {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage: MutantCoverage;
}

export const context: Context = { mutantCoverage: { static: {}, perTest: {} } };

// The mutated code keeps the object that it finds here first.
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: context });

/** What some work reaches: how often, by mutant. */
export const reachedBy = async (work: () => Promise<void>): Promise<Readonly<Record<string, number>>> => {
  const { perTest } = context.mutantCoverage;
  const id = 'not a test';
  context.currentTestId = id;
  try {
    await work();
    return perTest[id] ?? {};
  } finally {
    context.currentTestId = undefined;
    delete perTest[id];
  }
};
