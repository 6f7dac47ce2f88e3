export interface SuiteOrder {
  /** Those that found the most in a file so far, for their time, come first. Others stay as they are. */
  readonly sort: (file: string, suites: readonly string[]) => readonly string[];
  readonly note: (file: string, suite: string, milliseconds: number, isFound: boolean) => void;
}

/** Which suites to ask first about the mutants of a file. */
export const createSuiteOrder = (): SuiteOrder => {
  const records = new Map<string, { readonly found: number; readonly milliseconds: number }>();
  const recordOf = (file: string, suite: string) => records.get(`${file} ${suite}`);
  const worth = (file: string, suite: string): number => {
    const { found, milliseconds } = recordOf(file, suite) ?? { found: 0, milliseconds: 1 };
    return found / milliseconds;
  };
  return {
    sort: (file, suites) => suites.toSorted((a, b) => worth(file, b) - worth(file, a)),
    note: (file, suite, milliseconds, isFound) => {
      const known = recordOf(file, suite) ?? { found: 0, milliseconds: 0 };
      records.set(`${file} ${suite}`, {
        found: known.found + (isFound ? 1 : 0),
        milliseconds: known.milliseconds + milliseconds,
      });
    },
  };
};
