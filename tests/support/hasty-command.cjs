/** Preloaded into the command line. */
require('./hasty-retries.cjs')();
require('./hasty-pauses.cjs')();
