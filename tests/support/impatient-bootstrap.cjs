/**
 * A function's container that waits a tenth as long for answers, and hardly at all between attempts. Limits of a call
 * and of an AWS account are ten seconds and more. Shorter timers stay as they are, and so does the time of day.
 */
const promises = require('node:timers/promises');
const makeRetriesHasty = require('./hasty-retries.cjs');

makeRetriesHasty();
const shortened = (milliseconds) => (milliseconds >= 10_000 ? milliseconds / 10 : milliseconds);
const { setTimeout: startTimer } = globalThis;
globalThis.setTimeout = (run, milliseconds, ...rest) => startTimer(run, shortened(milliseconds), ...rest);
const { setTimeout: wait } = promises;
promises.setTimeout = (milliseconds, ...rest) => wait(shortened(milliseconds), ...rest);
require('../../local/stack/bootstrap.cjs').catch(() => process.exit(1));
