/**
 * Retries that hardly wait: full jitter near its least. For the programs that the suites start, because the stand-ins recover
 * when the test says so, and not with time. Not a constant, so that two writers of one policy still miss each other.
 */
module.exports = () => {
  const { random } = Math;
  Math.random = () => random() / 100;
};
