/** Which suites to ask first about the mutants of a file: those that found the most there so far, for their time. */
export class SuiteOrder {
  readonly #records = new Map<string, { found: number; milliseconds: number }>();

  /** Others stay as they are. */
  sort(file: string, suites: readonly string[]): readonly string[] {
    return suites.toSorted((a, b) => this.#worth(file, b) - this.#worth(file, a));
  }

  note(file: string, suite: string, milliseconds: number, isFound: boolean): void {
    const key = keyOf(file, suite);
    const known = this.#records.get(key) ?? { found: 0, milliseconds: 0 };
    this.#records.set(key, {
      found: known.found + (isFound ? 1 : 0),
      milliseconds: known.milliseconds + milliseconds,
    });
  }

  #worth(file: string, suite: string): number {
    const { found, milliseconds } = this.#records.get(keyOf(file, suite)) ?? { found: 0, milliseconds: 1 };
    return found / milliseconds;
  }
}

const keyOf = (file: string, suite: string): string => `${file} ${suite}`;
