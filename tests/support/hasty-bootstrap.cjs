/** A function's container in which retries hardly wait. */
const makeRetriesHasty = require('./hasty-retries.cjs');

makeRetriesHasty();
module.exports = require('../../local/stack/bootstrap.cjs');
