const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { default: TestRunner } = require('jest-runner');

/** In the mutation tests' own copy of the repository, where they run. */
const namesFile = 'reports/mutation-suites.json';

/** The narrow suites of the core first: they are the quickest to tell. */
const rank = ({ path }) => `${path.includes('/core/') ? 0 : 1} ${path}`;

/**
 * Jest's runner for mutation tests, which run the suites some thousand times: it loads only the suites that hold a
 * test which the mutant can reach, and stops at the first that fails. Jest itself loads every suite to skip its tests
 * by name, and cannot stop early when it is driven by a program: that takes five times as long.
 */
module.exports = class MutationRunner extends TestRunner {
  #testNamePattern;

  constructor(globalConfig, context) {
    super(globalConfig, context);
    this.#testNamePattern = globalConfig.testNamePattern;
  }

  async runTests(tests, watcher, options) {
    const suites = {};
    let isKilled = false;
    this.on('test-file-success', ([test, result]) => {
      suites[test.path] = result.testResults.map(({ fullName }) => fullName);
      isKilled ||= result.numFailingTests > 0;
    });
    this.on('test-file-failure', () => {
      isKilled = true;
    });
    const known = existsSync(namesFile) ? JSON.parse(readFileSync(namesFile, 'utf8')) : {};
    const reached = new RegExp(this.#testNamePattern ?? '', 'i');
    const wanted = tests.filter(({ path }) => known[path]?.some((name) => reached.test(name)) ?? true);
    for (const test of wanted.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))) {
      await super.runTests([test], watcher, options);
      if (isKilled) return;
    }
    if (this.#testNamePattern === undefined) writeFileSync(namesFile, JSON.stringify(suites));
  }
};
