const { default: Sequencer } = require('@jest/test-sequencer');

/** The folders of the slow suites, the slowest first. Most of them start programs. */
const slow = [
  'app/convergence/',
  'captures.test',
  'conformance/',
  'e2e/',
  'boot/',
  'cli/',
  'stack/',
  'scripts/',
  'use/',
];

/**
 * Starts the longest suite first, so that no worker is left alone with a long one. Jest knows how long a suite took in the
 * last run. A fresh clone has no last run, and a renamed suite was not in it: for these, the folder decides.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- Jest's own method, not an array's. It reads the durations.
    return super.sort(tests).toSorted((a, b) => millisecondsOf(b) - millisecondsOf(a));
  }
};

const millisecondsOf = ({ path, context, duration }) => {
  if (duration !== undefined) return duration;
  const rank = slow.findIndex((start) => path.startsWith(`${context.config.rootDir}/tests/${start}`));
  return rank < 0 ? 2_000 : 60_000 - rank;
};
