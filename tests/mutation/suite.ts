import type { TestResult } from '@stryker-mutator/api/test-runner';
import { getState, resetState, run, type State, setState } from 'jest-circus';
import { reachedBy } from './context.ts';
import { importCopy } from './copies.ts';
import { recordTests } from './record-tests.ts';
import { idOf, type Test } from './test-id.ts';

export interface Suite {
  /** The mutants that it reaches before a test begins: it computes something beside its tests. */
  readonly reached: Readonly<Record<string, number>>;
  /** Runs these tests with their hooks, or all, and stops at the first that fails. Any number of times. */
  readonly run: (ids?: ReadonlySet<string>) => Promise<readonly TestResult[]>;
}

/** `code` names a copy of the code that it tests. */
export const loadSuite = async (path: string, code?: string): Promise<Suite> => {
  resetState();
  copies += 1;
  const reached = await reachedBy(() => importCopy(path, String(copies), code));
  const state = getState();
  const tests = testsIn(state.rootDescribeBlock);
  return {
    reached,
    run: async (ids) => {
      for (const test of tests) {
        test.mode = ids === undefined || ids.has(idOf(path, test)) ? undefined : 'skip';
        test.errors = [];
      }
      setState({ ...state, testTimeout: longest, unhandledErrors: [] });
      return recordTests(path, run);
    },
  };
};

let copies = 0;

const testsIn = (block: State['rootDescribeBlock']): readonly Test[] =>
  block.children.flatMap((child) => (child.type === 'test' ? [child] : testsIn(child)));

/** A test that waits forever is left to Stryker, which ends the process: then nothing of it goes on beside the next mutant. */
const longest = 2 ** 31 - 1;
