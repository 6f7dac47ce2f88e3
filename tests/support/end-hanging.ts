/**
 * Ends a thread of jest.unit.config.js whose suite hangs: jest-light-runner knows no time limit. All suites together take less than a
 * minute.
 */
const limitMilliseconds = 10 * 60_000;

const timer = setTimeout(() => {
  throw new Error(`A suite hangs: its thread was not done after ${limitMilliseconds / 60_000} minutes.`);
}, limitMilliseconds);
timer.unref();
