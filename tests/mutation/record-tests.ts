import { type TestResult, TestStatus } from '@stryker-mutator/api/test-runner';
import { addEventHandler, type Event, removeEventHandler, type run } from 'jest-circus';
import { context } from './context.ts';
import { forgetCaches } from './forgetful-caches.ts';
import { idOf, type Test } from './test-id.ts';

/** Tells the mutated code which test is running, collects the results, and skips what follows a failure. */
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
      results.push(resultOf(idOf(suite, event.test), performance.now() - began, errorsOf(event.test)));
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

const resultOf = (id: string, timeSpentMs: number, errors: readonly unknown[]): TestResult => {
  const base = { id, name: id, timeSpentMs };
  return errors.length === 0 ? { ...base, status: TestStatus.Success } : failed(base, errors.flat()[0]);
};

const failed = ({ id, name, timeSpentMs }: Omit<TestResult, 'status'>, error: unknown): TestResult => ({
  id,
  name,
  timeSpentMs,
  status: TestStatus.Failed,
  failureMessage: String(error),
});
