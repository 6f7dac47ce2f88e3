import { pathToFileURL } from 'node:url';
import type { CoveragePerTestId } from '@stryker-mutator/api/core';
import { type DryRunResult, DryRunStatus, type TestResult } from '@stryker-mutator/api/test-runner';
import { context } from './context.ts';
import { writeReach } from './reach.ts';
import type { Suite } from './suite.ts';
import { suitePaths } from './suite-paths.ts';

/** Runs all suites. Hands the quickest over first: Stryker later asks for a mutant's tests in this order. */
export const runAll = async (
  files: readonly string[],
  suite: (path: string) => Promise<Suite>,
): Promise<DryRunResult> => {
  const began = performance.now();
  // Only what the code itself runs while it is loaded counts as static, and not what a suite then calls.
  for (const file of files) await import(pathToFileURL(file).href);
  const suites: { path: string; tests: readonly TestResult[]; milliseconds: number }[] = [];
  for (const path of suitePaths()) {
    const { run, reached } = await suite(path);
    const tests = await run();
    for (const { id } of tests) addReached(id, reached);
    suites.push({ path, tests, milliseconds: tests.reduce((sum, { timeSpentMs }) => sum + timeSpentMs, 0) });
  }
  const quickestFirst = suites.toSorted((a, b) => a.milliseconds - b.milliseconds);
  writeReach(quickestFirst.map((one) => ({ suite: one.path, mutants: mutantsOf(one.tests) })));
  const net = suites.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const share = (performance.now() - began) / net;
  // Stryker would wait for an endless mutant as long as all suites take to load. So that time is shared among the tests.
  const tests = quickestFirst
    .flatMap((one) => one.tests)
    .map((test) => ({ ...test, timeSpentMs: test.timeSpentMs * share }));
  return {
    status: DryRunStatus.Complete,
    tests,
    mutantCoverage: { static: context.mutantCoverage.static, perTest: inOrderOf(tests) },
  };
};

/** A test depends on what its suite computed before. */
const addReached = (id: string, reached: Readonly<Record<string, number>>): void => {
  const { perTest } = context.mutantCoverage;
  const all = (perTest[id] ??= {});
  for (const [mutant, hits] of Object.entries(reached)) all[mutant] = (all[mutant] ?? 0) + hits;
};

const mutantsOf = (tests: readonly TestResult[]): readonly string[] => [
  ...new Set(tests.flatMap(({ id }) => Object.keys(context.mutantCoverage.perTest[id] ?? {}))),
];

const inOrderOf = (tests: readonly TestResult[]): CoveragePerTestId =>
  Object.fromEntries(tests.map(({ id }) => [id, context.mutantCoverage.perTest[id] ?? {}]));
