const { syncBuiltinESMExports } = require('node:module');
const timers = require('node:timers/promises');

// A longer one ends a call that does not respond (shared/waiting.ts), and so does one with a value
// (`completion`).
const longestPauseMilliseconds = 5_000;

/**
 * The local world passes two minutes in 0.6 s, so a command that checks every two seconds would mostly sleep: its pauses
 * take a tenth. Time limits of calls stay unchanged. Returns what ends this.
 */
module.exports = () => {
  const { setTimeout } = timers;
  const use = (pause) => {
    timers.setTimeout = pause;
    syncBuiltinESMExports();
  };
  use((milliseconds, value, options) => {
    const isPause = value === undefined && milliseconds <= longestPauseMilliseconds;
    return setTimeout(isPause ? milliseconds / 10 : milliseconds, value, options);
  });
  return () => use(setTimeout);
};
