/** Ends a thread whose suite hangs: jest-light-runner knows no time limit. All of its suites together take some 80 s. */
const limitMilliseconds = 10 * 60_000;

const timer = setTimeout(() => {
  throw new Error(`A suite hangs: its thread was not done after ${limitMilliseconds / 60_000} minutes.`);
}, limitMilliseconds);
timer.unref();
