import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { context } from './context.ts';
import { hookCopies } from './copies.ts';
import { runAll } from './dry-run.ts';
import { createLoadedSuites } from './loaded-suites.ts';
import { prepareGlobals } from './prepare-globals.ts';
import { startProcessorTime } from './processor-time.ts';
import { nearestFirst, noteImport, suitesThatLoad } from './reach.ts';
import { isFailed } from './record-tests.ts';
import { createSuiteOrder } from './suite-order.ts';
import { suiteOf } from './test-id.ts';

/**
 * Runs mutants in one process of bare Node, where a suite is loaded once, when a mutant first needs it. A mutant costs the tests
 * that reach it, up to the first that fails. A class, because Stryker wants one.
 */
export class BareNodeRunner implements TestRunner {
  readonly #suites = createLoadedSuites();
  readonly #order = createSuiteOrder();

  /** It loads copies of the code for a mutant of what the code does while it is loaded. */
  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    hookCopies(noteImport);
    await prepareGlobals();
  }

  dryRun({ files }: DryRunOptions): Promise<DryRunResult> {
    return runAll(files ?? [], (path) => this.#suites.get(path));
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    // Node keeps every copy. Stryker repeats a run that throws in a new process.
    if (process.memoryUsage.rss() > mostBytes) throw new Error('Full of copies.');
    context.hitLimit = options.hitLimit;
    context.hitCount = options.hitLimit === undefined ? undefined : 0;
    try {
      return toMutantRunResult(await this.#runUntilFound(options), options.disableBail);
    } finally {
      context.activeMutant = undefined;
    }
  }

  async #runUntilFound(options: MutantRunOptions): Promise<DryRunResult> {
    const { activeMutant, hitLimit, sandboxFileName, testFilter } = options;
    const ids = testFilter === undefined ? undefined : Map.groupBy(testFilter, suiteOf);
    const suites =
      ids === undefined
        ? suitesThatLoad(sandboxFileName, activeMutant.id)
        : nearestFirst(sandboxFileName, [...ids.keys()]);
    const tests: TestResult[] = [];
    const used = startProcessorTime();
    for (const path of this.#order.sort(sandboxFileName, suites)) {
      const began = performance.now();
      tests.push(...(await this.#runSuite(path, activeMutant.id, ids?.get(path))));
      const isFound = tests.some(isFailed);
      this.#order.note(sandboxFileName, path, performance.now() - began, isFound);
      const endless = determineHitLimitReached(context.hitCount, hitLimit);
      if (endless !== undefined) return endless;
      if (isFound || used() > longestMilliseconds) break;
    }
    return { status: DryRunStatus.Complete, tests };
  }

  async #runSuite(path: string, mutant: string, ids?: readonly string[]): Promise<readonly TestResult[]> {
    try {
      const { run } = await this.#suites.getWith(mutant, ids === undefined, path);
      return await run(ids && new Set(ids));
    } catch (error) {
      // The mutant was noticed before a test began.
      const id = ids?.[0] ?? path;
      return [{ id, name: id, timeSpentMs: 0, status: TestStatus.Failed, failureMessage: String(error) }];
    }
  }
}

const mostBytes = 1.5e9;

/**
 * Most of the time of a run goes to mutants that survive, each through a thousand tests. Of the first 1,333 that were found, 11 needed
 * longer than this.
 */
const longestMilliseconds = 2000;
