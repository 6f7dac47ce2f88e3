/**
 * Prints prominently, after everything else, which tests were skipped: a check that did not run does not count as
 * passed.
 */
module.exports = class SkippedReporter {
  onRunComplete(_, results) {
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName),
    );
    if (skipped.length > 0)
      process.stderr.write(
        `\n!! ${skipped.length} TESTS WERE SKIPPED:\n${skipped.map((name) => `!!   ${name}`).join('\n')}\n`,
      );
    process.stdout.write(
      `\n${results.numPassedTests} passed, ${results.numFailedTests} failed, ${results.numPendingTests} skipped\n`,
    );
  }
};
