import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import TestRunner from 'jest-runner';

type RunTests = TestRunner['runTests'];

/** The path in the mutation tests' own copy of the repository, in which they run. */
const namesFile = 'reports/mutation-suites.json';

/** The narrow suites of the core come first, because they give a result soonest. */
const rank = (path: string): string => `${path.includes('/core/') ? 0 : 1} ${path}`;

const readNames = (): Readonly<Record<string, readonly string[]>> =>
  existsSync(namesFile) ? JSON.parse(readFileSync(namesFile, 'utf8')) : {};

/**
 * Jest's runner for mutation tests, which run the suites some thousand times: it loads only the suites that contain a
 * test which the mutant can reach, and stops at the first that fails. Jest itself loads every suite to skip its tests
 * by name, and cannot stop early when a program drives it: that takes five times as long.
 */
export default class MutationRunner extends TestRunner {
  readonly #pattern: string | undefined;

  constructor(...[globalConfig, context]: ConstructorParameters<typeof TestRunner>) {
    super(globalConfig, context);
    this.#pattern = globalConfig.testNamePattern;
  }

  override async runTests(...[tests, watcher, options]: Parameters<RunTests>): Promise<void> {
    const suites: Record<string, readonly string[]> = {};
    let isKilled = false;
    this.on('test-file-success', ([test, result]) => {
      suites[test.path] = result.testResults.map(({ fullName }) => fullName);
      isKilled ||= result.numFailingTests > 0;
    });
    this.on('test-file-failure', () => {
      isKilled = true;
    });
    const known = readNames();
    const reached = new RegExp(this.#pattern ?? '', 'i');
    const wanted = tests.filter(({ path }) => known[path]?.some((name) => reached.test(name)) ?? true);
    for (const test of wanted.toSorted((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1))) {
      await super.runTests([test], watcher, options);
      if (isKilled) return;
    }
    // Without a pattern every test was run, and all names are known.
    if (this.#pattern !== undefined) return;
    mkdirSync(dirname(namesFile), { recursive: true });
    writeFileSync(namesFile, JSON.stringify(suites));
  }
}
