const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that start programs, the slowest first: what starts last should be short. */
const slowFolders = ['conformance', 'boot', 'e2e', 'cli', 'scripts', 'stack', 'use'];

/** Jest knows how long a suite takes from its last run. A fresh clone has none, and there Jest goes by file size. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- Jest's own method, not an array's
    const sorted = super.sort(tests);
    return sorted.some(({ duration }) => duration !== undefined)
      ? sorted
      : sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
};

const rankOf = ({ path, context }) => {
  const rank = slowFolders.findIndex((folder) =>
    path.startsWith(`${context.config.rootDir}/tests/${folder}/`),
  );
  return rank < 0 ? slowFolders.length : rank;
};
