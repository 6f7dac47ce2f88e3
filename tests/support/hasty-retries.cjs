/**
 * Retries that hardly wait: full jitter near its minimum. For the programs that the suites start, because the
 * stand-ins recover when the test makes them, and not with time. The pause is not constant, so that two writers of
 * one policy still miss each other.
 */
module.exports = () => {
  const { random } = Math;
  Math.random = () => random() / 100;
};
