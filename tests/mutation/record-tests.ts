import { resolve } from 'node:path';
import { type TestResult, TestStatus } from '@stryker-mutator/api/test-runner';
import { addEventHandler, type Event, removeEventHandler, type run } from 'jest-circus';
import { context } from './context.ts';
import { forgetCaches } from './forgetful-caches.ts';
import { idOf, type Test } from './test-id.ts';

/** Sets for the mutated code which test is running, collects the results, and skips what follows a failure. */
export const recordTests = async (suite: string, runTests: typeof run): Promise<readonly TestResult[]> => {
  const results: TestResult[] = [];
  let began = 0;
  const record = (event: Event): void => {
    if (event.name === 'test_start' && results.some(isFailed)) event.test.mode = 'skip';
    if (event.name === 'test_started') {
      began = performance.now();
      context.currentTestId = idOf(suite, event.test);
      expect.setState({ currentTestName: idOf(suite, event.test), suppressedErrors: [] });
    }
    if (event.name === 'test_done') {
      context.currentTestId = undefined;
      forgetCaches();
      results.push(resultOf(suite, event.test, performance.now() - began));
    }
  };
  addEventHandler(record);
  try {
    const { unhandledErrors } = await runTests();
    const [thrown] = unhandledErrors;
    const last = results.at(-1);
    return thrown === undefined || last === undefined ? results : [...results, failed(last, thrown)];
  } finally {
    removeEventHandler(record);
  }
};

export const isFailed = ({ status }: TestResult): boolean => status === TestStatus.Failed;

/** A snapshot that differs is not thrown, but noted beside the test. */
const errorsOf = (test: Test): readonly unknown[] => [
  ...test.errors,
  ...expect.getState()['suppressedErrors'],
];

const resultOf = (suite: string, test: Test, timeSpentMs: number): TestResult => {
  const id = idOf(suite, test);
  const base = { id, name: id, timeSpentMs, fileName: resolve(suite) };
  const [error] = errorsOf(test);
  return error === undefined ? { ...base, status: TestStatus.Success } : failed(base, error);
};

const failed = (base: Omit<TestResult, 'status'>, error: unknown): TestResult => ({
  ...base,
  status: TestStatus.Failed,
  failureMessage: String([error].flat()[0]),
});
